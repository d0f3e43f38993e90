/** The prompt guard that goes by rules. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { PurpgateError } from '../../errors.js';
import type { Message } from '../../types.js';
import { LEXICON, type Class } from './lexicon.js';
import {
  INJECTION,
  JAILBREAK,
  MALICIOUS,
  MALICIOUS_SYSTEM,
  TOOL_INJECTION,
  type LabelRules,
  type PromptRule,
} from './rules.js';
import { worse, type JudgeOptions, type PromptJudge, type PromptJudgement } from './prompt-judge.js';
import { countClasses, wordsOf } from './terms.js';
import { slicesOf, viewsOf } from './views.js';

type Counts = ReadonlyMap<Class, number>;

/** Which rules read which role: those of the labels in LABELS_BY_ROLE. */
const RULES_BY_ROLE: Readonly<Record<Message['role'], readonly LabelRules[]>> = {
  system: [MALICIOUS_SYSTEM],
  user: [MALICIOUS, JAILBREAK, INJECTION],
  assistant: [MALICIOUS, JAILBREAK],
  tool: [TOOL_INJECTION],
};

const BENIGN: PromptJudgement = { label: 'benign', score: 0, evidence: [] };

export function createRuleJudge(): PromptJudge {
  return {
    name: 'prompt-rules',
    hash: createHash('sha256')
      .update(JSON.stringify([LEXICON, RULES_BY_ROLE]))
      .digest('hex'),
    judge,
  };
}

async function judge(role: Message['role'], text: string, { signal }: JudgeOptions): Promise<PromptJudgement> {
  let worst = BENIGN;
  for (const [at, slice] of slicesOf(text).entries()) {
    if (at > 0) await setImmediate();
    if (signal.aborted) throw new PurpgateError('guard_failed', { message: 'the prompt guard was stopped' });
    worst = worse(worst, judgeSlice(role, slice));
  }
  return worst;
}

function judgeSlice(role: Message['role'], text: string): PromptJudgement {
  let worst = BENIGN;
  for (const { text: reading, changes } of viewsOf(text)) {
    const sentences = sentencesOf(reading).map((sentence) => countClasses(wordsOf(sentence.toLowerCase())));
    const judgement = RULES_BY_ROLE[role].map((rules) => apply(rules, sentences)).reduce(worse, BENIGN);
    worst = worse(worst, changes.length === 0 ? judgement : disguised(judgement, changes));
  }
  return worst;
}

/** Says what had to be undone to read the text so. */
function disguised(judgement: PromptJudgement, changes: readonly string[]): PromptJudgement {
  if (judgement.score < 0.2) return judgement;
  const message = `Read after undoing ${[...new Set(changes)].join(', ')}.`;
  return { ...judgement, evidence: [...judgement.evidence, { rule: 'prompt/disguise', message, weight: 0 }] };
}

function apply({ label, bias, scope, rules }: LabelRules, sentences: readonly Counts[]): PromptJudgement {
  const whole = sum(sentences);
  const units = scope === 'sentence' ? sentences : [whole];
  return units.map((counts) => scoreOf(label, bias, weigh(rules, { counts, whole }))).reduce(worse, BENIGN);
}

interface Weighed {
  readonly rule: PromptRule;
  readonly weight: number;
}

function weigh(rules: readonly PromptRule[], { counts, whole }: { counts: Counts; whole: Counts }): Weighed[] {
  return rules
    .map((rule) => ({ rule, weight: rule.weight * strength(rule, rule.within === 'message' ? whole : counts) }))
    .filter(({ weight }) => weight !== 0);
}

function strength({ all, none = [], upTo = 1 }: PromptRule, counts: Counts): number {
  if (!all.every((name) => counts.has(name)) || none.some((name) => counts.has(name))) return 0;
  const [first] = all;
  return first === undefined ? 0 : Math.min(upTo, counts.get(first) ?? 0);
}

function scoreOf(label: LabelRules['label'], bias: number, weighed: readonly Weighed[]): PromptJudgement {
  const logit = weighed.reduce((total, { weight }) => total + weight, bias);
  const score = 1 / (1 + Math.exp(-logit));
  const evidence = weighed
    .filter(({ weight }) => weight > 0)
    .map(({ rule: { id, message }, weight }) => ({ rule: id, message, weight }));
  return { label, score, evidence };
}

function sum(sentences: readonly Counts[]): Map<Class, number> {
  const total = new Map<Class, number>();
  for (const counts of sentences) for (const [name, count] of counts) total.set(name, (total.get(name) ?? 0) + count);
  return total;
}

function sentencesOf(text: string): string[] {
  return text.split(/(?<=[.!?])\s+|\n{2,}/).filter((sentence) => sentence.trim() !== '');
}
