/**
 * Which answers of a group do another task than the rest. Oracles that need no test see that code is sound and safe, not that it does what was
 * asked, and the shortest way to safe code is to do something simpler: a policy that is trained on them alone writes it ever more often
 * under the asked name. What most answers to a prompt agree on is the best guess at what it asks for (self-consistency: Wang et al.,
 * https://arxiv.org/abs/2203.11171; as a reward: Zuo et al., TTRL, https://arxiv.org/abs/2504.16084).
 *
 * Shapes, in names: G rollouts of a group.
 */
import { extractCodeBlocks } from '../src/text/fences.js';

/** So many answers must pass the oracles; of two nobody can say which is the odd one. */
const LEAST_ANSWERS = 3;
/** Mean likeness of the answer that is most like the others, below which they agree on nothing. */
const LEAST_AGREEMENT = 0.25;
/** An answer that is so much less like the others than the most typical one is does another task. */
const ODD_SHARE = 0.5;

const WORD = /[A-Za-z_][A-Za-z0-9_]*/g;
/** In any program, so that they say nothing about this one. */
const COMMON = new Set(
  'and as class def del elif else except finally for from global if import in is lambda not or pass raise return try while with yield None True False self'.split(
    ' ',
  ),
);

/**
 * By rollout: whether its code does another task than that of the other rollouts which passed. The answers that failed have no say: where
 * most are insecure, the few that are not need not be like them.
 */
export function oddAnswers(answers_G: readonly { readonly content: string; readonly passed: boolean }[]): boolean[] {
  const words_G = answers_G.map(({ content, passed }) => (passed ? wordsOfCode(content) : null));
  const passed = words_G.flatMap((words) => words ?? []);
  if (passed.length < LEAST_ANSWERS) return answers_G.map(() => false);
  const likeness_G = words_G.map((words) => (words === null ? null : meanLikeness(words, passed)));
  const agreement = Math.max(...likeness_G.map((likeness) => likeness ?? 0));
  if (agreement < LEAST_AGREEMENT) return answers_G.map(() => false);
  return likeness_G.map((likeness) => likeness !== null && likeness < ODD_SHARE * agreement);
}

/** Words of the code: what it calls, reads and says, without the name of the function, which is told. */
function wordsOfCode(content: string): ReadonlySet<string> {
  const code = extractCodeBlocks(content)
    .map(({ code }) => code)
    .join('\n');
  const own = new Set(Array.from(code.matchAll(/\bdef\s+(\w+)/g), ([, name = '']) => name));
  return new Set((code.match(WORD) ?? []).filter((word) => !COMMON.has(word) && !own.has(word)));
}

/** To all but itself, by the Jaccard index. */
function meanLikeness(words: ReadonlySet<string>, all: readonly ReadonlySet<string>[]): number {
  const others = all.filter((other) => other !== words);
  return others.reduce((sum, other) => sum + jaccard(words, other), 0) / others.length;
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((word) => b.has(word)).length;
  const union = a.size + b.size - common;
  return union === 0 ? 1 : common / union;
}
