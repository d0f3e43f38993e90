import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAnalyser } from '../../src/reward/analyser.js';
import type { AnalyserSettings } from '../../src/reward/composition.js';
import type { Judgement, Sample } from '../../src/reward/oracle.js';
import type { OwnOracle } from '../../src/reward/own-oracle.js';
import { answer } from '../support/events.js';

const never = new AbortController().signal;
const BANDIT: AnalyserSettings = {
  ...{ name: 'bandit', command: 'bandit', rules: null },
  ...{ timeoutMs: 30_000, kinds: ['code'], about: 'code' },
};
const fenced = (code: string, language = 'python'): string => `Here it is.\n\n\`\`\`${language}\n${code}\n\`\`\`\n`;
const sampleOf = (content: string): Sample => ({
  kind: 'code',
  prompt: [{ role: 'user', text: 'Write a function that runs a command.' }],
  response: answer(content),
  format: 'absent',
  tests: 'none',
});
const VULNERABLE = 'import subprocess\ndef run(x):\n    return subprocess.call(x, shell=True)  # nosec';

describe('an analyser of others', () => {
  let folder = '';
  const opened: OwnOracle[] = [];
  const open = async (settings: AnalyserSettings): Promise<OwnOracle> => {
    const analyser = await createAnalyser(settings);
    opened.push(analyser);
    return analyser;
  };
  /** A real process that answers as a test says. */
  const scripted = async (script: string, timeoutMs = 10_000): Promise<Judgement> => {
    const command = join(folder, `command-${opened.length}`);
    await writeFile(command, `#!/bin/sh\n[ "$1" = --version ] && exit\nfor folder; do :; done\n${script}\n`);
    await chmod(command, 0o755);
    return (await open({ ...BANDIT, command, timeoutMs })).judge(sampleOf(fenced(VULNERABLE)), never);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'analyser-test-'));
    // Where the code of the answers is put.
    process.env['TMPDIR'] = folder;
  });
  after(async () => {
    await Promise.all(opened.map((analyser) => analyser.stop()));
    await rm(folder, { recursive: true });
  });

  test('is null where the command is not there, and its version says so', async () => {
    const gone = await open({ ...BANDIT, command: join(folder, 'nothing') });
    assert.equal(gone.version, 'bandit:absent');
    const { value, reason } = await gone.judge(sampleOf(fenced(VULNERABLE)), never);
    assert.equal(value, null);
    assert.match(reason ?? '', /cannot be started/);
  });

  test('is null, never a pass, where it fails, gives no report, or runs out of time', async () => {
    for (const script of ['exit 2', 'echo "{}"', 'echo nonsense', 'kill -9 $$', ':'])
      assert.equal((await scripted(script)).value, null, script);
    assert.deepEqual(
      [await scripted(`echo '{"errors": [{"reason": "no"}], "metrics": {}, "results": []}'`)].map(
        ({ value, reason }) => [value, reason],
      ),
      [[null, 'bandit could not read the code: no']],
    );
    assert.match((await scripted('sleep 30 & sleep 30', 300)).reason ?? '', /ran out of time/);
    // The leader ends, and what it started holds the pipe.
    assert.match((await scripted('sleep 30 & exit 0', 300)).reason ?? '', /ran out of time/);
    const quiet = (files: string): string => `echo "{\\"errors\\": [], \\"results\\": [], \\"metrics\\": {${files}}}"`;
    assert.match((await scripted(quiet(''))).reason ?? '', /left out some of the code/);
    assert.equal((await scripted(quiet('\\"$folder/0.py\\": {}'))).value, 1);
  });

  test('leaves nothing of the code behind', async () => {
    await scripted('exit 2');
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('purpgate-analyser-')),
      [],
    );
  });

  test('is not asked about an answer without code, nor about languages that it does not read', async () => {
    const analyser = await open({ ...BANDIT, command: join(folder, 'nothing') });
    assert.match((await analyser.judge(sampleOf('Use a list.'), never)).reason ?? '', /no code/);
    const { reason } = await analyser.judge(sampleOf(fenced('fn main() { println!("x"); }', 'rust')), never);
    assert.match(reason ?? '', /does not read rust/);
  });
});
