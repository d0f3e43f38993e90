/** The output guard as tests run it: over the real scanner, with a planted weakness to look for. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { type CodeScanner, createCodeScanner } from '../../src/guard/code/scanner.js';
import { createGuard } from '../../src/guard/create.js';
import type { Guard } from '../../src/guard/guard.js';
import { type Policy, policyOf } from '../../src/guard/policy.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Delta, Verdict } from '../../src/types.js';
import { collect, everythingOf, finish, streamOf, textDeltas, textOf, usage } from './deltas.js';

export const SINK = `return conn.execute("SELECT * FROM users WHERE name = '" + name + "'")`;
export const VULNERABLE = `import sqlite3\n\n\ndef find(conn, name):\n    ${SINK}\n`;
export const SAFE = [
  'import sqlite3\n\n\n',
  'def find(db, nick):\n    statement = "SELECT id FROM people WHERE nick = ?"\n    return list(db.execute(statement, (nick,)))\n\n\n',
  'def count(db):\n    row = db.run("SELECT count(*) FROM people").fetchone()\n    return row[0]\n',
].join('');

export const context = { requestId: 'r', tenant: 't', keyId: 'k' };
export const logger = createLogger('silent');
let scanner: CodeScanner;

/** Starts the scanner for the tests of one file. */
export function useScanner(): void {
  before(async () => {
    scanner = await createCodeScanner({ deadlineMs: 10_000 });
  });
  after(() => scanner.stop());
}

export const guardOf = (policy: Policy = policyOf('default'), scanning: CodeScanner = scanner): Guard =>
  createGuard({ policy, scanner: scanning, metrics: createMetrics(), logger });

export function guarded(deltas: AsyncIterable<Delta>, options: { policy?: Policy; scanner?: CodeScanner } = {}) {
  return guardOf(options.policy, options.scanner).output(deltas, context, new AbortController().signal);
}

export const run = (deltas: readonly Delta[], options?: { policy?: Policy; scanner?: CodeScanner }): Promise<Delta[]> =>
  collect(guarded(streamOf(deltas), options));
export const runText = async (pieces: readonly string[]): Promise<string> =>
  textOf(await run([...textDeltas(pieces), finish(), usage]));
export const verdictsOf = (deltas: readonly Delta[]): Verdict[] =>
  deltas.flatMap((delta) => (delta.type === 'verdict' ? [delta.verdict] : []));
export const reasonOf = (deltas: readonly Delta[], choice = 0): string | undefined =>
  deltas.flatMap((delta) => (delta.type === 'finish' && delta.choice === choice ? [delta.reason] : []))[0];

/** No part of the vulnerable statement longer than a name that the notice itself may hold. */
export function assertNothingLeaked(deltas: readonly Delta[]): void {
  const served = everythingOf(deltas);
  const statement = JSON.stringify(SINK).slice(1, -1);
  for (let at = 0; at + 16 <= statement.length; at += 1)
    assert.ok(!served.includes(statement.slice(at, at + 16)), `leaked ${statement.slice(at, at + 16)}`);
}

export function assertNotice(text: string): void {
  for (const part of ['Withheld by the safety policy', 'python/sql-injection', 'CWE-89', 'parameters'])
    assert.ok(text.includes(part), `${part} is not in ${text}`);
}

export const fenced = (code: string): string =>
  `Here is the function:\n\n\`\`\`python\n${code}\`\`\`\n\nIt runs on sqlite.\n`;

/** What was served when the source had given `count` pieces and was asked for more. */
export async function firstServed(pieces: readonly string[], count: number): Promise<string> {
  let served = '';
  const snapshots: string[] = [];
  async function* source(): AsyncGenerator<Delta> {
    for (const delta of textDeltas(pieces)) {
      snapshots.push(served);
      await Promise.resolve();
      yield delta;
    }
    snapshots.push(served);
    yield finish();
    yield usage;
  }
  for await (const delta of guarded(source())) served += delta.type === 'text' ? delta.text : '';
  return snapshots[count] ?? assert.fail('the source was not read so far');
}
