import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME_TABLES } from '../../trainer/data/frames.js';
import { createGenerator, promptKey, type Generator } from '../../trainer/data/generator.js';
import { handwrittenPrompts } from '../../trainer/data/handwritten.js';
import { heldOutPrompts, trainingPrompts } from '../../trainer/data/heldout.js';
import { phrasedIds } from '../../trainer/data/phrasings.js';
import { isHeldOutCombination } from '../../trainer/data/request.js';
import { HELD_OUT, phrasingsOf, TRAINING, type Sample } from '../../trainer/data/sample.js';
import { SCENARIOS } from '../../trainer/data/scenarios/index.js';
import { ABUSE_FRAMES } from '../../trainer/data/abuse.js';
import { TALKS } from '../../trainer/data/tasks/chat.js';
import { LOOK_ALIKES, UTILITIES } from '../../trainer/data/tasks/index.js';
import { ABUSES } from '../../trainer/data/tasks/malicious.js';
import { OUTSIDES } from '../../trainer/data/tasks/outside.js';
import { FACTS, NAME_QUESTIONS, NUMBER_QUESTIONS } from '../../trainer/data/tasks/questions.js';
import { ADJECTIVES, FIELDS, HELD_OUT_NOUNS, NOUNS, VERBS } from '../../trainer/data/words.js';

const draw = (generator: Generator, count: number): Sample[] =>
  Array.from({ length: count }, () => generator.next(0.05, 0.05));

const everyPhrasing: readonly (readonly string[])[] = [
  ...[...SCENARIOS, ...UTILITIES, ...LOOK_ALIKES].map(({ phrasings }) => phrasings),
  ...ABUSES.map(({ deeds }) => deeds),
  ...FACTS.map(({ questions }) => questions),
  ...TALKS.map(({ prompts }) => prompts),
  ...OUTSIDES.map(({ topics }) => topics),
  NAME_QUESTIONS,
  NUMBER_QUESTIONS,
];

test('the same seed gives the same samples, and another seed gives others', () => {
  const first = draw(createGenerator(7, TRAINING), 200);
  assert.deepEqual(draw(createGenerator(7, TRAINING), 200), first);
  assert.notDeepEqual(draw(createGenerator(8, TRAINING), 200), first);
});

test('the tables are as wide as the policy needs', () => {
  assert.ok(SCENARIOS.length >= 40);
  assert.ok(new Set(SCENARIOS.map(({ cwe }) => cwe)).size >= 25);
  assert.ok(UTILITIES.length >= 40);
  for (const { id, phrasings } of [...SCENARIOS, ...UTILITIES, ...LOOK_ALIKES])
    assert.ok(phrasingsOf(phrasings, 'train').length >= 15, `${id} has ${phrasings.length} phrasings`);
});

test('no two entries have one id', () => {
  const ids = [...SCENARIOS, ...UTILITIES, ...LOOK_ALIKES, ...ABUSES, ...TALKS, ...OUTSIDES].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

test('every table entry can be drawn: no slot is without a value', () => {
  const sources = new Set(draw(createGenerator(1, TRAINING), 12_000).map(({ source }) => source));
  for (const { id } of [...SCENARIOS, ...UTILITIES, ...LOOK_ALIKES, ...ABUSES, ...TALKS, ...OUTSIDES])
    assert.ok(sources.has(id), `${id} was never drawn`);
});

test('no held-out noun stands in a training sample', () => {
  const heldOut = new RegExp(`(?<![a-z])(?:${HELD_OUT_NOUNS.join('|')})s?(?![a-z])`, 'i');
  for (const word of [...NOUNS, ...FIELDS, ...VERBS, ...ADJECTIVES]) assert.doesNotMatch(word, heldOut);
  for (const { messages, answer } of draw(createGenerator(2, TRAINING), 4000))
    for (const text of [...messages.map(({ content }) => content), answer]) assert.doesNotMatch(text, heldOut);
});

test('no held-out phrasing or frame is a training one', () => {
  const training = new Set(everyPhrasing.flatMap((phrasings) => phrasingsOf(phrasings, 'train')).map(promptKey));
  for (const phrasings of everyPhrasing) {
    assert.ok(phrasings.length >= 2);
    for (const heldOut of phrasingsOf(phrasings, 'held-out').map(promptKey))
      assert.ok(!training.has(heldOut), `"${heldOut}" is a training phrasing`);
  }
  const tables = [...FRAME_TABLES, ABUSE_FRAMES];
  const frames = new Set(tables.flatMap(({ training: all }) => all));
  for (const { heldOut } of tables) for (const frame of heldOut) assert.ok(!frames.has(frame), frame);
});

test('a combination of slots stands on one side only', () => {
  const tasks = new Map([...SCENARIOS, ...UTILITIES, ...LOOK_ALIKES].map((task) => [task.id, task]));
  for (const split of [TRAINING, HELD_OUT]) {
    let seen = 0;
    for (const { source, test: given } of draw(createGenerator(8, split), 3000)) {
      const task = tasks.get(source);
      // A column that a prompt does not name is always "name", which is no choice.
      if (task === undefined || given === null || given.slots['field'] === 'name') continue;
      seen += 1;
      assert.equal(isHeldOutCombination(task, given.slots), split.combinations === 'held-out', source);
    }
    assert.ok(seen > 150, `${seen}`);
  }
});

test('no training sample repeats a hand-written prompt, in any turn', () => {
  const written = new Set(handwrittenPrompts.map(({ messages }) => promptKey(messages.at(-1)?.content ?? '')));
  assert.equal(written.size, handwrittenPrompts.length);
  for (const { messages } of draw(createGenerator(3, TRAINING), 6000))
    for (const { role, content } of messages) assert.ok(role !== 'user' || !written.has(promptKey(content)), content);
});

test('held-out prompts use the held-out words and are the same for the same seed', () => {
  const prompts = heldOutPrompts({ seed: 5, count: 100 });
  assert.equal(prompts.length, 100);
  assert.deepEqual(heldOutPrompts({ seed: 5, count: 100 }), prompts);
  assert.equal(new Set(prompts.map(({ messages }) => JSON.stringify(messages))).size, prompts.length);
  const named = prompts.filter(({ functionName }) => functionName !== null);
  assert.ok(named.length > 20);
  for (const { functionName } of named) assert.match(functionName ?? '', new RegExp(HELD_OUT_NOUNS.join('|'), 'i'));
});

test('the mixture leaves room for learning: every outcome has a share away from 0 and 1', () => {
  const samples = draw(createGenerator(4, TRAINING), 4000);
  const share = (kind: Sample['kind'], outcome: Sample['outcome']): number => {
    const all = samples.filter((sample) => sample.kind === kind);
    return all.filter((sample) => sample.outcome === outcome).length / all.length;
  };
  for (const [kind, outcome, expected] of [
    ['code', 'secure', 0.52],
    ['malicious', 'refused', 0.85],
    ['benign', 'refused', 0.12],
  ] as const)
    assert.ok(Math.abs(share(kind, outcome) - expected) < 0.05, `${kind} ${outcome}: ${share(kind, outcome)}`);
});

test('answers keep the format: an analysis of 16 characters, an answer of 8, code in fences', () => {
  for (const split of [TRAINING, HELD_OUT])
    for (const { kind, test: given, analysis, answer, outcome } of draw(createGenerator(6, split), 2000)) {
      assert.ok(analysis.length >= 16, analysis);
      assert.ok(answer.length >= 8, answer);
      // An answer may have variables of XPath.
      assert.doesNotMatch(analysis, /\$[a-z]/);
      if (given !== null) assert.ok(kind === 'benign' || /^```python\n[^]+\n```/.test(answer), answer);
      if (outcome === 'complied') assert.match(answer, /# placeholder step\n {8}step\(x\)\n```$/);
    }
});

test('prompts for learning and for evaluation carry the tests of their tasks, with every slot filled', () => {
  for (const prompts of [heldOutPrompts({ seed: 9, count: 200 }), trainingPrompts({ seed: 9, count: 200 })])
    for (const { kind, check, id } of prompts) {
      const isCode = kind === 'code' || kind === 'utility' || kind === 'benign';
      assert.equal(check !== null, isCode, id);
      if (kind === 'code') assert.ok(check?.security);
      assert.doesNotMatch(`${check?.functional ?? ''}${check?.security ?? ''}`, /\$[a-z]/);
    }
});

test('every file of phrasings speaks of entries that there are, in the form that phrasings have', () => {
  const ids = new Set([...SCENARIOS, ...UTILITIES, ...LOOK_ALIKES, ...ABUSES, ...OUTSIDES].map(({ id }) => id));
  assert.ok(phrasedIds.length > 0);
  for (const id of phrasedIds) assert.ok(ids.has(id), id);
  for (const { id, phrasings } of [...SCENARIOS, ...UTILITIES, ...LOOK_ALIKES]) {
    for (const phrasing of phrasings) assert.match(phrasing, /^~[a-z]/, id);
    assert.equal(new Set(phrasings.map(promptKey)).size, phrasings.length, `${id} says something twice`);
  }
});
