/** Answers as outcomes per metric and prompt: what the release gate compares two versions by. */
import type { JudgedAnswer } from './judge.js';
import { METRICS } from './metrics.js';

/**
 * By name of the metric, by id of the prompt: whether the answer has what the metric asks for. Prompts that a metric does not apply to, or whose
 * tests could not run, are left out. Of several answers to a prompt the later ones are named `id#2`, `id#3` and so on.
 */
export function outcomesOf(judged: readonly JudgedAnswer[]): ReadonlyMap<string, ReadonlyMap<string, boolean>> {
  const seen = new Map<string, number>();
  const answers = judged.map((answer) => {
    const nth = (seen.get(answer.prompt.id) ?? 0) + 1;
    seen.set(answer.prompt.id, nth);
    return { answer, id: nth === 1 ? answer.prompt.id : `${answer.prompt.id}#${nth}` };
  });
  return new Map(
    METRICS.map(({ name, passes }) => {
      const outcomes = answers.flatMap(({ answer, id }): [string, boolean][] => {
        const outcome = passes(answer);
        return outcome === null ? [] : [[id, outcome]];
      });
      return [name, new Map(outcomes)];
    }),
  );
}
