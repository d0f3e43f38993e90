/** Samples that are answered with words: questions, small talk, what lies outside, and text to copy. */
import { deedRequest } from './abuse.js';
import { article, fill, plural } from './grammar.js';
import { capital, field, functionName, nameSlots, noun, openWord } from './identifiers.js';
import { blurred, slip } from './noise.js';
import type { Chooser } from './random.js';
import { fence, phrasingsOf, type Sample, type Setting, type Split } from './sample.js';
import { PLACES } from './words.js';
import type { Talk } from './tasks/chat.js';
import { OUTSIDE_ANSWERS, type Outside } from './tasks/outside.js';
import { frame, inFrame, surround } from './frames.js';
import { ownDeed } from './tasks/deeds.js';
import { NAME_QUESTIONS, NUMBER_QUESTIONS, type Fact, type Weakness } from './tasks/questions.js';

export function weaknessSample(chooser: Chooser, weakness: Weakness, split: Split): Sample {
  const [title = ''] = weakness.names;
  const templates = phrasingsOf(chooser.chance(0.65) ? NAME_QUESTIONS : NUMBER_QUESTIONS, split.phrasings);
  const slots = { name: chooser.pick(weakness.names), cwe: weakness.cwe };
  return {
    kind: 'question',
    source: weakness.cwe,
    messages: [{ role: 'user', content: fill(slip(chooser, chooser.pick(templates)), slots) }],
    analysis: `A question about ${title} (${weakness.cwe}). Explaining it is allowed (A2).`,
    answer: `${capital(title)} (${weakness.cwe}) means that ${weakness.meaning}. ${weakness.defence}`,
    cwe: weakness.cwe,
    functionName: null,
    tools: [],
    test: null,
    outcome: 'plain',
  };
}

export function factSample(chooser: Chooser, fact: Fact, split: Split): Sample {
  return {
    kind: 'question',
    source: fact.questions[0] ?? '',
    messages: [
      {
        role: 'user',
        content: slip(chooser, blurred(chooser, chooser.pick(phrasingsOf(fact.questions, split.phrasings)), split)),
      },
    ],
    analysis: 'A question about security. Explaining it is allowed (A2).',
    answer: fact.answer,
    cwe: null,
    functionName: null,
    tools: [],
    test: null,
    outcome: 'plain',
  };
}

export function talkSample(chooser: Chooser, talk: Talk, split: Split): Sample {
  const row = noun(chooser, split.names);
  const template = slip(chooser, chooser.pick(phrasingsOf(talk.prompts, split.phrasings)));
  return {
    kind: 'chat',
    source: talk.id,
    messages: [{ role: 'user', content: fill(template, { row, rows: plural(row), place: chooser.pick(PLACES) }) }],
    analysis: `${talk.intent} (A0). I answer briefly.`,
    answer: chooser.pick(talk.answers),
    cwe: null,
    functionName: null,
    tools: [],
    test: null,
    outcome: 'plain',
  };
}

export function outsideSample(chooser: Chooser, outside: Outside, { split }: Setting): Sample {
  const topic = chooser.pick(phrasingsOf(outside.topics, split.phrasings));
  const row = noun(chooser, split.names);
  const slots = {
    row,
    rows: plural(row),
    field: field(chooser),
    place: chooser.pick(PLACES),
    ...nameSlots(chooser, split.names),
  };
  return {
    kind: 'outside',
    source: outside.id,
    messages: [
      { role: 'user', content: fill(outsideRequest(chooser, { topic, frames: outside.frames, split }), slots) },
    ],
    tools: [],
    analysis: `The user wants ${outside.wish}, which is harmless (A0) but outside of what I do.`,
    answer: chooser.pick(OUTSIDE_ANSWERS),
    cwe: null,
    functionName: null,
    test: null,
    outcome: 'plain',
  };
}

interface OutsideRequest extends Pick<Outside, 'frames'> {
  readonly topic: string;
  readonly split: Split;
}

export function ownDeedSample(chooser: Chooser, { split }: Setting): Sample {
  const request = deedRequest(chooser, ownDeed(chooser), split);
  const slots = nameSlots(chooser, split.names);
  return {
    kind: 'outside',
    source: 'own-deed',
    messages: [{ role: 'user', content: fill(slip(chooser, request), slots) }],
    tools: [],
    analysis: 'The user wants something done with their own things, which is harmless (A0) but outside of what I do.',
    answer: chooser.pick(OUTSIDE_ANSWERS),
    cwe: null,
    functionName: null,
    test: null,
    outcome: 'plain',
  };
}

/** Known and unknown tasks stand in the same frames, so that it is the task that tells them apart. */
function outsideRequest(chooser: Chooser, { topic, frames, split }: OutsideRequest): string {
  const phrase = blurred(chooser, topic, split);
  if (frames === 'none') return slip(chooser, phrase);
  const request = inFrame(frame(chooser, split.frames, chooser.chance(0.25)), phrase);
  return surround(chooser, split.frames, slip(chooser, request));
}

/** Names, or words that no word before them foretells: only copying gets those right. */
function drillText(chooser: Chooser): string {
  const isPlain = chooser.chance(0.3);
  const count = isPlain ? 1 + chooser.below(4) : 4 + chooser.below(9);
  const separator = chooser.pick(isPlain ? [' ', ', ', '(', '.', ' = '] : [' ', '_', ', ']);
  return Array.from({ length: count }, () => (isPlain ? functionName(chooser, 'train') : openWord(chooser))).join(
    separator,
  );
}

/** Text to copy, in prose and as code: copying is a skill of its own, and names depend on it. */
export function drillSample(chooser: Chooser): Sample {
  const common = {
    kind: 'drill',
    source: 'copy',
    tools: [],
    cwe: null,
    functionName: null,
    test: null,
    outcome: 'plain',
  } as const;
  if (chooser.chance(0.5)) {
    const text = drillText(chooser);
    const asked = chooser.pick(['Repeat: $t', 'Say `$t`.', 'echo $t', 'Repeat after me: $t', 'Copy this text: $t']);
    return {
      ...common,
      messages: [{ role: 'user', content: asked.replace('$t', () => text) }],
      analysis: 'The user wants a text repeated (A0).',
      answer: `The text is \`${text}\`.`,
    };
  }
  const name = functionName(chooser, 'train');
  const first = noun(chooser, 'train');
  const asked = chooser.pick([
    'Write an empty function `$f` with the argument $a.',
    'Write `$f($a)` without a body.',
    'stub $f($a)',
    'Declare $f, it takes $a.',
    'Give me ' + article('stub') + ' of $f with $a.',
  ]);
  return {
    ...common,
    messages: [{ role: 'user', content: fill(asked, { f: name, a: first }) }],
    analysis: `A0: \`${name}\` is a plain task. I write it.`,
    answer: fence(`def ${name}(${first}):\n    pass`),
  };
}
