/**
 * The analysers of others, as they are installed: `npm run test:analysers`, after `pip install bandit semgrep`. They are no part of
 * `npm test`, which needs nothing but npm; a command that is missing is a failure here.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAnalyser } from '../../src/reward/analyser.js';
import type { AnalyserSettings } from '../../src/reward/composition.js';
import type { Sample } from '../../src/reward/oracle.js';
import type { OwnOracle } from '../../src/reward/own-oracle.js';
import { answer } from '../support/events.js';

const never = new AbortController().signal;
const BANDIT: AnalyserSettings = {
  ...{ name: 'bandit', command: process.env['TEST_BANDIT'] ?? 'bandit', rules: null },
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

describe('analysers as they are installed', () => {
  let folder = '';
  const opened: OwnOracle[] = [];
  const open = async (settings: AnalyserSettings): Promise<OwnOracle> => {
    const analyser = await createAnalyser(settings);
    opened.push(analyser);
    return analyser;
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'analysers-'));
  });
  after(async () => {
    await Promise.all(opened.map((analyser) => analyser.stop()));
    await rm(folder, { recursive: true });
  });

  test('bandit finds a weakness where it stands, heeds no mark that switches it off, and passes clean code', async () => {
    const bandit = await open(BANDIT);
    assert.match(bandit.version, /^bandit:\d+\./);
    const content = fenced(VULNERABLE);
    const { value, evidence } = await bandit.judge(sampleOf(content), never);
    assert.deepEqual([value, evidence.map(({ rule, cwe }) => [rule, cwe])], [0, [['bandit/B602', 'CWE-78']]]);
    const [found] = evidence;
    assert.equal(
      content.slice(found?.start ?? 0, found?.end ?? 0),
      '    return subprocess.call(x, shell=True)  # nosec',
    );
    assert.equal((await bandit.judge(sampleOf(fenced('def f(x):\n    return x + 1')), never)).value, 1);
    assert.equal((await bandit.judge(sampleOf(fenced('def f(:')), never)).value, null);
  });

  test('semgrep judges by the rules of the operator', async () => {
    const rules = join(folder, 'rules.yaml');
    await writeFile(
      rules,
      'rules: [{id: eval, languages: [javascript], severity: ERROR, message: It runs text., metadata: {cwe: ["CWE-95: Eval"]}, pattern: eval(...)}]',
    );
    const analyser = await open({
      ...BANDIT,
      name: 'semgrep',
      command: process.env['TEST_SEMGREP'] ?? 'semgrep',
      rules,
    });
    assert.match(analyser.version, /^semgrep:[\d.]+\+[0-9a-f]{12}$/);
    const judged = await analyser.judge(
      sampleOf(fenced('const run = (x) => eval(x); // nosemgrep', 'javascript')),
      never,
    );
    assert.deepEqual([judged.value, judged.evidence.map(({ cwe }) => cwe)], [0, ['CWE-95']]);
    assert.equal((await analyser.judge(sampleOf(fenced('const run = (x) => x + 1;', 'javascript')), never)).value, 1);
  });
});
