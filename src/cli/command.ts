/** What every command is given, and what it answers with. */

export interface CommandIo {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** Resolves with the exit code: 0 done, 1 failed, 2 wrong usage. */
export type Command = (args: readonly string[], io: CommandIo) => Promise<number>;
