import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import {
  formatRefusalModel,
  parseRefusalModel,
  shippedRefusalModel,
  SURE_REFUSAL,
  weighSentence,
} from '../../src/reward/refusal-model.js';
import { sentencesOf, sentenceSources } from '../../trainer/data/refusals/examples.js';
import { refusalCommand } from '../../trainer/refusal-command.js';
import { learnRefusals } from '../../trainer/refusal-learning.js';
import { temporaryFolder } from '../support/folder.js';

const CHOICE = { seed: 3, count: 12 };

describe('the sentences that refusals are learned from', () => {
  test('are the same from the same seed, of every role, and leave nothing to fill in', () => {
    const examples = sentencesOf(sentenceSources(3), CHOICE);
    assert.deepEqual(sentencesOf(sentenceSources(3), CHOICE), examples);
    assert.deepEqual([...new Set(examples.map(({ role }) => role))].sort(), ['around', 'declines', 'gives']);
    for (const { text } of examples) assert.doesNotMatch(text, /\$[a-z]|\{[^{}]*\|/);
  });
});

describe('what is learned of refusals', () => {
  const examples = sentencesOf(sentenceSources(3), CHOICE);
  const model = learnRefusals(examples, 3);

  test('is the same from the same sentences and seed, also through its text', () => {
    const text = formatRefusalModel(model);
    assert.equal(formatRefusalModel(learnRefusals(examples, 3)), text);
    assert.equal(formatRefusalModel(parseRefusalModel(text)), text);
    for (const broken of ['', 'feature\tdeclines\n', text.replace('<bias>', 'bias')])
      assert.throws(() => parseRefusalModel(broken), /no model of declines, gives/);
  });

  test('tells, as it is shipped, a refusal by its words, and not every sentence that has one of them', () => {
    const shipped = shippedRefusalModel();
    const isRefusal = (sentence: string): boolean => weighSentence(shipped, sentence).declines > SURE_REFUSAL;
    for (const sentence of ["The loader itself stays unwritten, and that's on purpose.", 'Count me out of this one.'])
      assert.ok(isRefusal(sentence), sentence);
    for (const sentence of ['The server refuses the connection.', 'I left the imports out for brevity.'])
      assert.ok(!isRefusal(sentence), sentence);
  });
});

describe('purpgate train refusal', () => {
  test('writes the model and a card with what it measured', async (t) => {
    const folder = await temporaryFolder(t);
    const stdout = new PassThrough().resume();
    assert.equal(await refusalCommand(['--out', join(folder, 'model'), '--sentences', '2'], { stdout }), 0);
    const read = (name: string): Promise<string> => readFile(join(folder, 'model', name), 'utf8');
    parseRefusalModel(await read('weights.tsv'));
    assert.match(await read('README.md'), /\| declines \| \d+ \| [\d.]+ \| [\d.]+ \|/);
  });

  test('says how it is used, and what is missing', async () => {
    const stdout = new PassThrough();
    assert.equal(await refusalCommand(['--help'], { stdout }), 0);
    assert.match(String(stdout.read()), /^Usage: purpgate train refusal/);
    await assert.rejects(refusalCommand([], { stdout }), { code: 'setting_invalid' });
  });
});
