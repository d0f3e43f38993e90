/** An endless data set: fresh samples from a seed, nothing on disk. */
import { scenarioSample, taskSample } from './code.js';
import { afterExchange, followUpSample, withSystemMessage } from './conversation.js';
import { handwrittenPrompts } from './handwritten.js';
import { Chooser } from './random.js';
import type { Sample, Split } from './sample.js';
import { SCENARIOS } from './scenarios/index.js';
import { abuseSample, drillSample, factSample, talkSample, weaknessSample } from './talk.js';
import { TALKS } from './tasks/chat.js';
import { LOOK_ALIKES, UTILITIES } from './tasks/index.js';
import { ABUSES } from './tasks/malicious.js';
import { FACTS, WEAKNESSES } from './tasks/questions.js';

type Make = (chooser: Chooser, split: Split) => Sample;

const utility: Make = (chooser, split) => taskSample(chooser, chooser.pick(UTILITIES), { ...split, kind: 'utility' });
const benign: Make = (chooser, split) => taskSample(chooser, chooser.pick(LOOK_ALIKES), { ...split, kind: 'benign' });
const scenario: Make = (chooser, split) => scenarioSample(chooser, chooser.pick(SCENARIOS), split);
const question: Make = (chooser, split) =>
  chooser.chance(0.7)
    ? weaknessSample(chooser, chooser.pick(WEAKNESSES), split)
    : factSample(chooser, chooser.pick(FACTS), split);
const chat: Make = (chooser, split) => talkSample(chooser, chooser.pick(TALKS), split);

/** Shares of the kinds. Code has the largest, as it has the most to learn. */
const MIXTURE: readonly (readonly [Make, number])[] = [
  [scenario, 46],
  [utility, 13],
  [benign, 12],
  [(chooser, split) => abuseSample(chooser, chooser.pick(ABUSES), split), 12],
  [question, 8],
  [chat, 5],
  [(chooser, split) => followUpSample(chooser, chooser.pick(SCENARIOS), split), 5],
];

const SHORT: readonly (readonly [Make, number])[] = [
  [utility, 2],
  [scenario, 2],
  [question, 1],
  [chat, 2],
];
/** Share of samples that come after an earlier exchange about something else. */
const SECOND_TURN_SHARE = 0.05;

/** Letters and digits only, in lower case: what makes two prompts the same one. */
export function promptKey(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
}

const reserved = new Set(handwrittenPrompts.map(({ messages }) => promptKey(messages.at(-1)?.content ?? '')));

export interface Generator {
  /** @param drillShare probability of a copy drill, in [0, 1]. */
  next(drillShare?: number): Sample;
}

/** Samples of one split; none repeats a hand-written prompt. */
export function createGenerator(seed: number, split: Split): Generator {
  const chooser = new Chooser(seed);
  const draw = (drillShare: number): Sample => {
    if (chooser.chance(drillShare)) return drillSample(chooser);
    const sample = chooser.weighted(MIXTURE)(chooser, split);
    const follows = sample.messages.length === 1 && chooser.chance(SECOND_TURN_SHARE);
    const placed = follows ? afterExchange(chooser.weighted(SHORT)(chooser, split), sample) : sample;
    return withSystemMessage(chooser, placed);
  };
  return {
    next(drillShare = 0) {
      for (;;) {
        const sample = draw(drillShare);
        const asked = sample.messages.filter(({ role }) => role === 'user');
        if (!asked.some(({ content }) => reserved.has(promptKey(content)))) return sample;
      }
    },
  };
}
