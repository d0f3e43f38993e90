import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRewardEvent, rewardEventId, samplesOf } from '../../src/reward/reward-event.js';
import { answer, consented } from '../support/events.js';

const record = {
  kind: 'code',
  kind_confidence: 1,
  score: 1,
  unscored_reason: null,
  components: { format: 1, parse: 1, security: 1, assistance: null, refusal: null, correctness: null, feedback: null },
  evidence: [],
  oracle_versions: {},
} as const;

test('the id of a reward event follows from interaction and choice alone', () => {
  const id = '01890000-0000-7000-8000-000000000001';
  assert.match(rewardEventId(id, 0), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(rewardEventId(id, 0), 'f65ae5a4-1144-882e-8c77-685aeed77c11');
  const ids = [0, 1, 2, 10, 100].map((choice) => rewardEventId(id, choice));
  assert.equal(new Set(ids).size, ids.length);
});

test('the format is required of our own versions and of no foreign model', () => {
  assert.equal(samplesOf(consented())[0]?.format, 'required');
  assert.equal(samplesOf(consented({ version: null }))[0]?.format, 'absent');
});

test('of a blocked prompt the answer of the guard is scored, which no version wrote; one that was refused by an error makes no sample', () => {
  const blocked = consented({ raw: [answer('half an')], served: [answer('declined')], status: 'blocked' });
  const [sample] = samplesOf(blocked);
  assert.deepEqual([sample?.response.content, sample?.format], ['declined', 'absent']);
  const event = buildRewardEvent(blocked, { choice: 0, record, scoredAt: new Date(0) });
  assert.deepEqual([event.response.content, event.version, 'tokens' in event], ['declined', null, false]);
  assert.deepEqual(samplesOf(consented({ served: [], status: 'blocked' })), []);
});

test('what the model wrote is scored, not what was served', () => {
  const event = consented({ raw: [answer('raw')], served: [answer('served')] });
  assert.equal(samplesOf(event)[0]?.response.content, 'raw');
  assert.equal(buildRewardEvent(event, { choice: 0, record, scoredAt: new Date(0) }).response.content, 'raw');
});

test('tokens are left out where they are absent or do not fit together', () => {
  const scored = { choice: 0, record, scoredAt: new Date(0) };
  assert.ok(!('tokens' in buildRewardEvent(consented(), scored)));
  for (const [ids, logprobs] of [
    [[], []],
    [[1, 2], [-1]],
  ] as const) {
    const tokens = { prompt_ids: null, completion_ids: [ids], logprobs: [logprobs] };
    assert.ok(!('tokens' in buildRewardEvent(consented({ tokens }), scored)));
  }
});
