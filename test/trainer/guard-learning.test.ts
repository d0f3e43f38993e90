import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { loadPromptModel } from '../../src/guard/prompt/prompt-model.js';
import { generatedExamples, GUARD_TEMPLATES } from '../../trainer/data/guard/examples.js';
import { Chooser } from '../../trainer/data/random.js';
import { guardTrainingCommand } from '../../trainer/guard-command.js';
import { featured, learnGuard } from '../../trainer/guard-learning.js';
import { AGENT_TASKS } from '../guard/prompt/agents.js';
import { BENIGN_SECURITY } from '../guard/prompt/benign-security.js';
import { temporaryFolder } from '../support/folder.js';

describe('the generator of prompts for the guard', () => {
  test('every section can be expanded, and leaves nothing to fill in', () => {
    const chooser = new Chooser(3);
    for (const name of GUARD_TEMPLATES.names)
      for (let draw = 0; draw < 20; draw += 1) {
        const text = GUARD_TEMPLATES.expand(chooser, `$${name}`);
        assert.ok(!/\$[a-z]|\{[^{}]*\|/.test(text), `${name}: ${text}`);
      }
    assert.throws(() => GUARD_TEMPLATES.expand(chooser, '$no-such-section'), RangeError);
  });

  test('makes the same examples from the same seed, of every label and role, and none of the tests', () => {
    const examples = generatedExamples({ seed: 5, count: 500 });
    assert.deepEqual(generatedExamples({ seed: 5, count: 500 }), examples);
    assert.deepEqual([...new Set(examples.map(({ label }) => label))].sort(), [
      'benign',
      'injection',
      'jailbreak',
      'malicious',
    ]);
    assert.deepEqual([...new Set(examples.map(({ role }) => role))].sort(), ['system', 'tool', 'user']);
    const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, ' ');
    const known = new Set([...BENIGN_SECURITY, ...AGENT_TASKS].map(plain));
    assert.deepEqual(
      examples.filter(({ text }) => known.has(plain(text))),
      [],
    );
  });
});

describe('learning the prompt model', () => {
  test('gives the same weights for the same examples and seed', () => {
    const examples = generatedExamples({ seed: 2, count: 20 }).map((example) => featured(example, 1));
    const [once, again] = [learnGuard(examples, { seed: 4 }), learnGuard(examples, { seed: 4 })];
    assert.deepEqual(again.malicious.bias, once.malicious.bias);
    assert.ok(Buffer.from(again.injection.weights.buffer).equals(Buffer.from(once.injection.weights.buffer)));
  });
});

describe('purpgate train guard', () => {
  test('writes a model that tells apart what it learned, and a card with each file left out', async (t) => {
    const folder = await temporaryFolder(t);
    const lines = (texts: readonly string[]): string => texts.map((text) => JSON.stringify({ text })).join('\n');
    const animals = ['cat', 'dog', 'cow', 'hen', 'fox', 'owl', 'bee', 'ant', 'elk', 'emu'];
    const file = (name: string): string => join(folder, `${name}.jsonl`);
    await writeFile(file('wicked'), lines(animals.map((animal) => `zorblat the ${animal} of my neighbour`)));
    await writeFile(file('kind'), lines(animals.map((animal) => `feed the ${animal} of my neighbour`)));
    const { signal } = new AbortController();
    const train = async (out: string): Promise<string> => {
      const stdout = new PassThrough();
      const args = ['--out', out, '--examples', '100', '--malicious', file('wicked'), '--benign', file('kind')];
      const code = await guardTrainingCommand(args, { stdout, signal });
      stdout.end();
      assert.equal(code, 0);
      return textOf(stdout);
    };
    const shown = await train(join(folder, 'a'));
    assert.match(shown, /\| wicked \| recall \| 10 \|/);
    const stopped = { stdout: new PassThrough(), signal: AbortSignal.abort() };
    const args = ['--out', join(folder, 'c'), '--examples', '100', '--benign', file('kind'), '--documents', folder];
    assert.equal(await guardTrainingCommand(args, stopped), 130);
    assert.match(await readFile(join(folder, 'a', 'README.md'), 'utf8'), /\| kind \| false positives \| 10 \|/);
    const model = await loadPromptModel(join(folder, 'a'));
    const score = async (text: string): Promise<number> =>
      (await model.score(text, { role: 'user', guarded: new Set() }, new AbortController().signal)).malicious;
    const [wicked, kind] = [
      await score('zorblat the yak of my neighbour'),
      await score('feed the yak of my neighbour'),
    ];
    assert.ok(wicked > 0.8 && kind < 0.5, `${wicked} ${kind}`);
    await model.release();
  });
});
