import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { killTraining } from '../support/train-kill.js';

describe('a training that is killed', () => {
  test('accounts for each offset once, and ends with the weights of one that was not', {
    timeout: 300_000,
  }, async () => {
    const report = await killTraining(4, () => undefined);
    assert.equal(report.kills, 4);
    assert.ok(report.manifests > 2);
    assert.equal(report.offsets, 21);
    assert.deepEqual(Object.keys(report.dispositions).sort(), ['duplicate', 'trained', 'unscored']);
  });
});
