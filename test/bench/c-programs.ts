/** The scanner, cppcheck and flawfinder on programs in C that each hold one named weakness or none. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Analyser } from '../../src/guard/code/scan.js';

const run = promisify(execFile);

interface CProgram {
  readonly id: string;
  readonly cwe: number;
  readonly vulnerable: boolean;
  readonly text: string;
}

/** The weaknesses that a tool names for a program. */
type Tool = (program: CProgram, file: string) => Promise<ReadonlySet<number>>;

const numbers = (text: string, pattern: RegExp): Set<number> =>
  new Set([...text.matchAll(pattern)].map(([, number]) => Number(number)));

/** Weaknesses that tools file under each other: writing outside of a buffer is 787, 120, 121 or 122. */
const FAMILIES: readonly (readonly number[])[] = [
  [119, 120, 121, 122, 787, 788],
  [125, 126, 127],
  [190, 191, 680],
  [401, 772, 775],
  [362, 367],
  [327, 328],
  [259, 798],
  [77, 78],
];
const related = (cwe: number): readonly number[] => FAMILIES.find((family) => family.includes(cwe)) ?? [cwe];

const cppcheck: Tool = async (_, file) => {
  const { stderr } = await run('cppcheck', ['--enable=all', '--inconclusive', '--xml', '--quiet', file]);
  return numbers(stderr, /cwe="(\d+)"/g);
};
const flawfinder: Tool = async (_, file) => {
  const { stdout } = await run('flawfinder', ['--csv', file]);
  return numbers(stdout, /CWE-(\d+)/g);
};

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

async function measure(name: string, tool: Tool, programs: readonly CProgram[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'c-programs-'));
  const counts = { exact: [0, 0], related: [0, 0] };
  try {
    for (const program of programs) {
      const file = join(folder, `${program.id}.c`);
      await writeFile(file, program.text);
      const found = await tool(program, file);
      const side = program.vulnerable ? 0 : 1;
      if (found.has(program.cwe)) counts.exact[side] = (counts.exact[side] ?? 0) + 1;
      if (related(program.cwe).some((cwe) => found.has(cwe))) counts.related[side] = (counts.related[side] ?? 0) + 1;
    }
  } catch (thrown) {
    console.log(`${name}: not run (${thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : 'unknown'})`);
    return;
  } finally {
    await rm(folder, { recursive: true });
  }
  const bad = programs.filter(({ vulnerable }) => vulnerable).length;
  const good = programs.length - bad;
  for (const [kind, [hits = 0, alarms = 0]] of Object.entries(counts)) {
    const youden = (hits / bad - alarms / good).toFixed(3);
    console.log(
      `${name.padEnd(12)} ${kind.padEnd(8)} found ${percent(hits, bad)}, false ${percent(alarms, good)}, Youden ${youden}`,
    );
  }
}

/** Prints, per tool, the share of the vulnerable and of the safe programs where the program's own weakness is reported. */
export async function measureCPrograms(analyser: Analyser, lines: readonly string[]): Promise<void> {
  const programs = lines.map((line) => JSON.parse(line) as CProgram);
  console.log(`${programs.length} programs in C: findings of the program's own CWE, exact or of its family`);
  const purpgate: Tool = async ({ text }) => {
    const result = await analyser.scan(text, 'c');
    return new Set(result.outcome === 'scanned' ? result.findings.map(({ cwe }) => Number(cwe?.slice(4))) : []);
  };
  await measure('purpgate', purpgate, programs);
  await measure('cppcheck', cppcheck, programs);
  await measure('flawfinder', flawfinder, programs);
}
