import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { singleStepSampler } from '../../trainer/groups.js';
import type { StepGroup } from '../../trainer/rollout-store.js';
import { trainedGroups, wavesOf } from '../../trainer/update.js';

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
