import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { singleStepSampler } from '../../trainer/groups.js';
import type { StepGroup } from '../../trainer/rollout-store.js';
import { advantagesOf, checkedEntropy, trainedGroups, wavesOf } from '../../trainer/update.js';

const NOTHING = {
  format: null,
  parse: null,
  security: null,
  task: null,
  assistance: null,
  refusal: null,
  correctness: null,
  feedback: null,
};

function group(number: number, rewards: readonly (number | null)[]): StepGroup {
  const rollouts = rewards.map((reward, choice) => ({
    version: 'purp@000000000000',
    completionIds: [choice],
    logprobs: [-1],
    finish: 'stop' as const,
    reward,
    components: NOTHING,
  }));
  const sampled = { promptIds: [1], rollouts, oracleVersions: {} };
  return { number, wave: 0, kind: 'code', place: `0/${number}`, outcome: 'sampled', sampled };
}

const trained = (groups: readonly StepGroup[]) => trainedGroups(groups, singleStepSampler({ wanted: { code: 8 } }));

describe('the groups that a step trains on', () => {
  test('are those whose rewards differ', () => {
    const groups = [group(0, [1, 1, 1, 1]), group(1, [1, 0, 1, 1]), group(2, [0, 0, 0, 0])];
    assert.equal(trained(groups).length, 1);
    assert.deepEqual(wavesOf(groups), [{ drawn: { code: 3 }, effective: { code: 1 } }]);
  });

  test('leave out the rollouts that no oracle could judge, as long as half of the group is left', () => {
    const [half] = trained([group(0, [1, null, 0, null])]);
    assert.deepEqual(
      half?.rollouts.map(({ reward, completionIds }) => [reward, completionIds]),
      [
        [1, [0]],
        [0, [2]],
      ],
    );
    assert.deepEqual(trained([group(0, [1, null, 0, null, null])]), []);
    assert.deepEqual(trained([group(0, [1, null, 1, 1])]), []);
    assert.deepEqual(trained([group(0, [null, null])]), []);
  });
});

describe('the entropy of a step', () => {
  const sure = [group(0, [1, 0])];

  test('is the mean of -log p, and a collapse where it stays below the least', () => {
    assert.equal(checkedEntropy(sure, { leastEntropy: 1, before: 0.5 }), 1);
    for (const before of [0.5, null])
      assert.throws(
        () => checkedEntropy(sure, { leastEntropy: 2, before }),
        /entropy of the policy has collapsed to 1\.0/,
      );
  });

  test('may be low in one step of easy prompts', () => {
    assert.equal(checkedEntropy(sure, { leastEntropy: 2, before: 2 }), 1);
  });
});

describe('groups with objectives', () => {
  const objective = (values: readonly Readonly<Record<string, number>>[], rewards: readonly number[]): StepGroup => {
    const plain = group(0, rewards);
    const rollouts = plain.sampled?.rollouts ?? [];
    const scored = rollouts.map((rollout, g) => ({
      ...rollout,
      components: { ...NOTHING, objectives: values[g] ?? {} },
    }));
    return { ...plain, sampled: { promptIds: [1], oracleVersions: {}, rollouts: scored } };
  };

  test('teach something where one objective differs, though the scores are equal', () => {
    const values = [
      { a: 1, b: 0 },
      { a: 0, b: 1 },
      { a: 0, b: 1 },
    ];
    const groups = trained([objective(values, [0.5, 0.5, 0.5])]);
    assert.equal(groups.length, 1);
    const [advantages = []] = advantagesOf(groups, { a: 2, b: 1 });
    assert.ok((advantages[0] ?? 0) > 0 && (advantages[1] ?? 0) < 0, advantages.join(', '));
    assert.deepEqual(trained([objective([{ a: 1 }, { a: 1 }], [1, 1])]), []);
  });

  test('are normalised as scores where the composition is not weighted', () => {
    const [advantages] = advantagesOf(trained([group(0, [1, 0])]), undefined);
    assert.ok(Math.abs((advantages?.[0] ?? 0) - Math.SQRT1_2) < 1e-3);
  });
});
