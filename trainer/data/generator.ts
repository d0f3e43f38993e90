/** An endless data set: fresh samples from a seed, nothing on disk. */
import { withRulesFor } from '../rule-prompt.js';
import { abuseSample, wrongDeedSample } from './abuse.js';
import { agentSample } from './agent.js';
import { scenarioSample, taskSample } from './code.js';
import { CARELESS, UNDER_RULES } from './conduct.js';
import { afterExchange, followUpSample, withSystemMessage } from './conversation.js';
import { handwrittenPrompts } from './handwritten.js';
import { Chooser } from './random.js';
import type { Sample, Setting, Split } from './sample.js';
import { SCENARIOS } from './scenarios/index.js';
import { drillSample, factSample, outsideSample, ownDeedSample, talkSample, weaknessSample } from './talk.js';
import { TALKS } from './tasks/chat.js';
import { LOOK_ALIKES, UTILITIES } from './tasks/index.js';
import { ABUSES } from './tasks/malicious.js';
import { OUTSIDES } from './tasks/outside.js';
import { FACTS, WEAKNESSES } from './tasks/questions.js';

type Make = (chooser: Chooser, setting: Setting) => Sample;

const utility: Make = (chooser, setting) =>
  taskSample(chooser, chooser.pick(UTILITIES), { ...setting, kind: 'utility' });
const benign: Make = (chooser, setting) =>
  taskSample(chooser, chooser.pick(LOOK_ALIKES), { ...setting, kind: 'benign' });
const scenario: Make = (chooser, setting) => scenarioSample(chooser, chooser.pick(SCENARIOS), setting);
/** Shares of deeds made of parts; those are for training only. */
const WRONG_DEEDS_SHARE = 0.4;
const OWN_DEEDS_SHARE = 0.25;
const abuse: Make = (chooser, setting) =>
  setting.split.phrasings === 'train' && chooser.chance(WRONG_DEEDS_SHARE)
    ? wrongDeedSample(chooser, setting)
    : abuseSample(chooser, chooser.pick(ABUSES), setting);
const question: Make = (chooser, { split }) =>
  chooser.chance(0.7)
    ? weaknessSample(chooser, chooser.pick(WEAKNESSES), split)
    : factSample(chooser, chooser.pick(FACTS), split);
const chat: Make = (chooser, { split }) => talkSample(chooser, chooser.pick(TALKS), split);
const outside: Make = (chooser, setting) =>
  setting.split.phrasings === 'train' && chooser.chance(OWN_DEEDS_SHARE)
    ? ownDeedSample(chooser, setting)
    : outsideSample(chooser, chooser.pick(OUTSIDES), setting);
const followUp: Make = (chooser, setting) => followUpSample(chooser, chooser.pick(SCENARIOS), setting);
const agent: Make = (chooser, setting) =>
  agentSample(chooser, setting, (chooser.chance(0.7) ? scenario : utility)(chooser, setting));

/** Shares of the kinds. */
type Mixture = readonly (readonly [Make, number])[];

/** To learn everything from nothing: code has the largest share, as it has the most to learn. */
const BROAD: Mixture = [
  [scenario, 35],
  [utility, 20],
  [benign, 15],
  [abuse, 15],
  [question, 6],
  [outside, 7],
  [chat, 3],
  [followUp, 4],
  [agent, 4],
];

/** For a policy that writes code already: more of what is least understood then, everyday tasks in other words and abuse. */
const FOCUSED: Mixture = [
  [scenario, 29],
  [utility, 27],
  [benign, 15],
  [abuse, 19],
  [question, 5],
  [outside, 7],
  [chat, 2],
  [followUp, 3],
  [agent, 3],
];

const MIXTURES = { broad: BROAD, focused: FOCUSED } as const;
export type MixtureName = keyof typeof MIXTURES;

const SHORT: Mixture = [
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
  /**
   * @param drillShare probability of a copy drill, in [0, 1].
   * @param rulesShare probability that the rules stand in front, and that the answer heeds them, in [0, 1].
   */
  next(drillShare?: number, rulesShare?: number): Sample;
}

interface GeneratorOptions {
  /** Of made up names; see Chooser. */
  readonly wordPieces?: readonly string[];
  readonly mixture?: MixtureName;
}

/** Samples of one split; none repeats a hand-written prompt. */
export function createGenerator(
  seed: number,
  split: Split,
  { wordPieces = [], mixture = 'broad' }: GeneratorOptions = {},
): Generator {
  const chooser = new Chooser(seed, wordPieces);
  const draw = (drillShare: number, rulesShare: number): Sample => {
    if (chooser.chance(drillShare)) return drillSample(chooser);
    const isRuled = chooser.chance(rulesShare);
    const setting: Setting = { split, conduct: isRuled ? UNDER_RULES : CARELESS };
    const sample = chooser.weighted(MIXTURES[mixture])(chooser, setting);
    const follows = sample.messages.length === 1 && chooser.chance(SECOND_TURN_SHARE);
    const placed = follows ? afterExchange(chooser.weighted(SHORT)(chooser, setting), sample) : sample;
    const complete = withSystemMessage(chooser, placed);
    return isRuled ? { ...complete, messages: withRulesFor(complete) } : complete;
  };
  return {
    next(drillShare = 0, rulesShare = 0) {
      for (;;) {
        const sample = draw(drillShare, rulesShare);
        const asked = sample.messages.filter(({ role }) => role === 'user');
        if (!asked.some(({ content }) => reserved.has(promptKey(content)))) return sample;
      }
    },
  };
}
