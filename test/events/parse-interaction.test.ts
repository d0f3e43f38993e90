import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PurpgateError } from '../../src/errors.js';
import { deadLetterRecord } from '../../src/events/dead-letter.js';
import { parseFeedback } from '../../src/events/parse-feedback.js';
import { parseInteraction } from '../../src/events/parse-interaction.js';
import { buildRewardEvent } from '../../src/reward/reward-event.js';
import type { JsonObject } from '../../src/types.js';
import { schemaOf } from '../support/event-schema.js';
import { answer, consented, optedOut } from '../support/events.js';

const parses = (parse: (value: unknown) => unknown, value: unknown): boolean => {
  try {
    parse(value);
    return true;
  } catch (thrown) {
    assert.ok(thrown instanceof PurpgateError && thrown.code === 'event_invalid', String(thrown));
    return false;
  }
};

const feedback = {
  schema: 1,
  id: '01890000-0000-7000-8000-000000000001',
  ts: '2026-11-22T10:00:00Z',
  tenant: 'acme',
  key_id: 'key-1',
  interaction_id: '01890000-0000-7000-8000-000000000002',
  kind: 'score',
  value: 0.5,
  idempotency_key: 'once',
};

const tokens = { prompt_ids: [1, 2], completion_ids: [[3, 4]], logprobs: [[-0.1, -2]] };

describe('parseInteraction', () => {
  test('gives back a whole event', () => {
    const event = consented({ tokens, raw: [answer('x', { tool_calls: [{ id: 'a', name: 'b', arguments: '{' }] })] });
    assert.deepEqual(parseInteraction(JSON.parse(JSON.stringify(event))), event);
    const denied = optedOut();
    assert.deepEqual(parseInteraction(JSON.parse(JSON.stringify(denied))), denied);
  });

  test('drops fields that it does not know, so that fields may be added within a version', () => {
    const event = consented();
    assert.deepEqual(parseInteraction({ ...event, later: 'field' }), event);
  });

  test('refuses an opted-out event that holds text', () => {
    for (const field of ['request', 'raw', 'served', 'tokens'])
      assert.throws(() => parseInteraction({ ...optedOut(), [field]: [] }), /opted out/);
  });

  test('names the place of the fault and none of the text', () => {
    const event = { ...consented(), raw: [{ ...answer('secret text'), finish: 'secret reason' }] };
    assert.throws(
      () => parseInteraction(event),
      (thrown: unknown) =>
        thrown instanceof PurpgateError &&
        thrown.message.startsWith('/raw/0/finish: expected one of') &&
        !thrown.message.includes('secret'),
    );
  });

  test('refuses a schema that is newer than this program', () => {
    assert.throws(() => parseInteraction({ ...consented(), schema: 2 }), /\/schema/);
  });

  test('lifts an older schema step by step', () => {
    const { http_status: status, ...older } = consented();
    const lifted = parseInteraction(
      { ...older, schema: 0, code: status },
      { 0: ({ code, ...event }) => ({ ...event, schema: 1, http_status: code }) },
    );
    assert.equal(lifted.http_status, status);
  });

  test('never throws anything but its own error, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        parses(parseInteraction, value);
        parses(parseFeedback, value);
      }),
    );
  });
});

/** Every event, with each of its fields in turn removed or replaced, at any depth. */
function* mutations(value: unknown, depth = 0): Generator {
  if (depth > 5 || typeof value !== 'object' || value === null) return;
  const isArray = Array.isArray(value);
  for (const [name, item] of Object.entries(value)) {
    const replace = (next: unknown): unknown => {
      if (!isArray) return { ...value, [name]: next };
      const copy: unknown[] = [...(value as unknown[])];
      copy[Number(name)] = next;
      return copy;
    };
    if (!isArray) yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
    for (const next of [null, 'x', '', -1, 1.5, 3, true, [], {}, 'deny', 'allow', '2026-11-22']) yield replace(next);
    for (const inner of mutations(item, depth + 1)) yield replace(inner);
  }
}

describe('openapi/events.schema.json', () => {
  test('accepts and refuses the same interactions as the parser', async () => {
    const valid = await schemaOf('InteractionEvent');
    let count = 0;
    let accepted = 0;
    for (const event of [consented({ tokens }), consented({ raw: [], user: 'u' }), optedOut({ usage: null })]) {
      assert.ok(valid(event));
      for (const mutation of mutations(event)) {
        const parsed = parses(parseInteraction, mutation);
        assert.equal(valid(mutation), parsed, JSON.stringify(mutation));
        count += 1;
        if (parsed) accepted += 1;
      }
    }
    assert.ok(count > 1000 && accepted > 100 && accepted < count, `${accepted} of ${count} accepted`);
  });

  test('accepts and refuses the same feedback as the parser', async () => {
    const valid = await schemaOf('FeedbackEvent');
    assert.ok(valid(feedback));
    for (const mutation of mutations(feedback))
      assert.equal(valid(mutation), parses(parseFeedback, mutation), JSON.stringify(mutation));
  });

  test('accepts the reward events and dead letters that are written', async () => {
    const record = {
      kind: 'code',
      kind_confidence: 0.9,
      score: null,
      unscored_reason: 'why',
      components: {
        format: 1,
        parse: null,
        security: 0,
        assistance: null,
        refusal: null,
        correctness: null,
        feedback: null,
      },
      evidence: [{ rule: 'r', cwe: 'CWE-89', start: 1, end: 2, message: 'm' }],
      oracle_versions: { format: '1' },
    } as const;
    const reward = buildRewardEvent(consented({ tokens }), { choice: 0, record, scoredAt: new Date() });
    const validReward = await schemaOf('RewardEvent');
    assert.ok(validReward(JSON.parse(JSON.stringify(reward))));
    assert.ok(!validReward({ ...reward, score: 1.5 }));
    const value: JsonObject = { any: 'thing' };
    const letter = deadLetterRecord({
      topic: 'purpgate.interactions',
      place: 'purpgate.interactions/0/1',
      reason: 'r',
      record: { id: reward.id, key: 'k', value },
    });
    assert.ok((await schemaOf('DeadLetter'))(letter.value));
    assert.ok((await schemaOf('RewardRecord'))(record));
  });
});
