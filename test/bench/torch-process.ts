/** A Python process that keeps its models, so that its steps can be timed in turn with ours. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { DecoderConfig } from '../../src/lm/model-config.js';

export interface TorchCase {
  readonly config: DecoderConfig;
  readonly rows: number;
  readonly length: number;
  /** Of the adapter that is trained; null for all parameters. */
  readonly rank: number | null;
  readonly mode: 'eager' | 'compiled';
  readonly threads: number;
}

export class TorchProcess {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;

  constructor(python: string, script: readonly string[]) {
    this.child = spawn(python, script, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.reader = createInterface({ input: this.child.stdout });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  /** Milliseconds of each step, or what went wrong in the case. @throws Error when the process is gone. */
  async steps(torchCase: TorchCase, steps: number): Promise<readonly number[] | string> {
    this.child.stdin.write(`${JSON.stringify({ case: torchCase, steps })}\n`);
    const line = await this.lines.next();
    if (line.done === true) throw new Error('the Python process ended');
    const answer: unknown = JSON.parse(line.value);
    if (typeof answer !== 'object' || answer === null) throw new Error(`unexpected answer ${line.value}`);
    if ('error' in answer) return String(answer.error);
    if ('milliseconds' in answer && Array.isArray(answer.milliseconds)) return answer.milliseconds.map(Number);
    throw new Error(`unexpected answer ${line.value}`);
  }

  /** Idempotent; resolves when the process has ended. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.stdin.end();
    await ended;
    this.reader.close();
  }
}
