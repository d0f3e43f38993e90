/** How `purpgate keys` speaks to a person. */

interface Output {
  write(text: string): unknown;
}

export interface KeysIo {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** What the caller typed is wrong; the text says how. */
export class UsageError extends Error {}

/** Columns as wide as their widest cell; the first row is the head. */
export function writeTable(output: Output, rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    output.write(`${line.trimEnd()}\n`);
  }
}
