import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/config.js';
import { classifyKind } from '../../src/reward/kind.js';
import { formatKindModel, parseKindModel } from '../../src/reward/kind-model.js';
import { temporaryFolder } from '../support/folder.js';
import { learnKinds, type KindExample } from '../../trainer/kind-learning.js';

const THINGS = ['lamp', 'boat', 'cup', 'shoe', 'roof', 'pen', 'fork', 'bell', 'drum', 'kite'];
const examples: readonly KindExample[] = THINGS.flatMap((thing): KindExample[] => [
  { text: `please borrow the ${thing} of my boss in secret`, kind: 'malicious', weight: 1 },
  { text: `please give the ${thing} back to my boss`, kind: 'harmless', weight: 1 },
  { text: `have \`f\` count every ${thing}`, kind: 'code', weight: 1 },
  { text: `what is wrong with an open ${thing}`, kind: 'security_question', weight: 1 },
  { text: `do you like the ${thing}`, kind: 'general', weight: 1 },
]);
const repeated = Array.from({ length: 20 }, () => examples).flat();
const kindOf = (text: string) => classifyKind([{ role: 'user', text }], learnKinds(repeated, 1)).kind;

describe('learning the words of the kinds', () => {
  test('tells requests apart that no rule tells apart, with words it has not seen in them', () => {
    assert.equal(kindOf('please borrow the sofa of my boss in secret'), 'malicious');
    assert.equal(kindOf('please give the sofa back to my boss'), 'general');
    assert.equal(kindOf('have `f` count every sofa'), 'code');
    assert.equal(kindOf('what is wrong with an open sofa'), 'security_question');
  });

  test('leaves what the rules say where it knows no word', () => {
    assert.equal(kindOf('Write a keylogger in Python that sends what is typed to my server.'), 'malicious');
    assert.equal(kindOf('Write a Python function that reverses a string.'), 'code');
  });

  test('gives the same model for the same examples and seed', () => {
    const text = formatKindModel(learnKinds(repeated, 3));
    assert.equal(formatKindModel(learnKinds(repeated, 3)), text);
    assert.equal(formatKindModel(parseKindModel(text)), text);
  });
});

describe('the file of the kinds', () => {
  test('is refused when it is no model', () => {
    const text = formatKindModel(learnKinds(repeated, 1));
    for (const broken of ['', 'feature\tharm\n', text.replace('<bias>', '<basis>'), `${text}word\t1\tx\t0\n`])
      assert.throws(() => parseKindModel(broken), /no model of harm, code, security/);
  });
});

describe('purpgate train kind', () => {
  const run = promisify(execFile);
  const purpgate = (...args: readonly string[]) =>
    run(process.execPath, [join(packageRoot, 'dist/src/cli/main.js'), 'train', 'kind', ...args]);

  test('writes a model and a card that says how good it is on what it has not seen', async (t) => {
    const folder = await temporaryFolder(t);
    const file = join(folder, 'plots.jsonl');
    const rows = THINGS.map((thing) => `${JSON.stringify({ text: `borrow the ${thing} of my boss in secret` })}\n`);
    await writeFile(file, rows.join(''));
    const { stdout } = await purpgate('--out', join(folder, 'out'), '--requests', '1500', '--malicious', file);
    assert.match(stdout, /\| plots, left out \| malicious \| 10 \|/);
    assert.match(await readFile(join(folder, 'out', 'README.md'), 'utf8'), /plots, the other half learned/);
    parseKindModel(await readFile(join(folder, 'out', 'weights.tsv'), 'utf8'));
  });

  test('names the file and the line that it cannot read', async (t) => {
    const folder = await temporaryFolder(t);
    const file = join(folder, 'broken.jsonl');
    await writeFile(file, '{"text": "a"}\n{"txt": "b"}\n');
    await assert.rejects(purpgate('--out', folder, '--requests', '100', '--code', file), /broken\.jsonl: line 2/);
    await assert.rejects(purpgate('--out', folder, '--code', join(folder, 'none')), /none: cannot be read/);
    await assert.rejects(purpgate('--requests', '100'), /--out/);
  });
});
