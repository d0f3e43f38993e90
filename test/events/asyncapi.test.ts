import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { loadConfig, packageRoot } from '../../src/config.js';
import { deadLetterRecord } from '../../src/events/dead-letter.js';
import { TOPICS, type LogRecord, type Topic } from '../../src/events/event-log.js';
import { encodeRecord, readMessage } from '../../src/events/kafka/messages.js';
import { jsonObject, text } from '../../src/events/read.js';
import { buildRewardEvent } from '../../src/reward/reward-event.js';
import { recordFeedback } from '../../src/serve/feedback.js';
import { createServing } from '../../src/serve/serving.js';
import type { Caller, CompletionRequest, JsonObject } from '../../src/types.js';
import { ANSWER, BLOCK, Scene, collect, from } from '../serve/scene.js';
import { schemaOf } from '../support/event-schema.js';
import { consented } from '../support/events.js';
import { CALLER, REQUEST } from '../support/request.js';

const document = jsonObject(parse(readFileSync(join(packageRoot, 'openapi', 'asyncapi.yaml'), 'utf8')), '');

/** The value at a path, with local references on the way followed. */
function at(...path: readonly string[]): JsonObject {
  let value = document;
  for (const name of path) {
    value = jsonObject(value[name], `/${path.join('/')}`);
    const reference = value['$ref'];
    if (typeof reference === 'string' && reference.startsWith('#/')) value = at(...reference.slice(2).split('/'));
  }
  return value;
}

/** The definition of events.schema.json that the one message of a channel has for payload. */
function payloadOf(topic: Topic): string {
  const channel = Object.keys(at('channels')).find((name) => at('channels', name)['address'] === topic) ?? '';
  const [message = ''] = Object.keys(at('channels', channel, 'messages'));
  return (
    text(at('channels', channel, 'messages', message, 'payload')['$ref'], '/payload')
      .split('/')
      .at(-1) ?? ''
  );
}

async function assertFollowsContract(topic: Topic, record: LogRecord): Promise<void> {
  const { key, value, headers = {} } = encodeRecord(record);
  const valid = await schemaOf(payloadOf(topic));
  assert.ok(valid(JSON.parse(value.toString())), `${topic}: ${value.toString()}`);
  assert.ok(typeof headers['id'] === 'string' && (await schemaOf('uuid'))(headers['id']));
  const message = {
    offset: '7',
    key: Buffer.from(String(key)),
    value,
    headers: { id: Buffer.from(headers['id']) },
    timestamp: '0',
    attributes: 0,
  };
  assert.deepEqual(readMessage(message, { topic, partition: 0 }), {
    type: 'record',
    record: { ...record, place: `${topic}/0/7` },
  });
}

/** What serving records of a request, all the way through its own code. */
async function recorded(scene: Scene, caller: Caller, request: CompletionRequest = REQUEST): Promise<LogRecord> {
  await collect(createServing(scene.parts).complete(request, caller, new AbortController().signal).deltas);
  assert.ok(scene.recorded[0] !== undefined);
  return scene.recorded[0].record;
}

describe('openapi/asyncapi.yaml', () => {
  test('has a channel for each topic, and no other', () => {
    const addresses = Object.keys(at('channels')).map((name) => at('channels', name)['address']);
    assert.deepEqual(addresses, Object.values(TOPICS));
  });

  test('tells partitions and retention as they are by default', () => {
    const { kafkaPartitions, kafkaRetentionHours } = loadConfig({});
    for (const name of Object.keys(at('channels'))) {
      assert.equal(at('channels', name, 'bindings', 'kafka')['partitions'], kafkaPartitions);
      const { 'retention.ms': retention } = at('channels', name, 'bindings', 'kafka', 'topicConfiguration');
      assert.equal(retention, kafkaRetentionHours * 3_600_000);
    }
  });

  test('describes what serving records, of those who consent and of those who do not', async () => {
    for (const consent of ['allow', 'deny'] as const) {
      const caller = { ...CALLER, consent };
      await assertFollowsContract(TOPICS.interactions, await recorded(new Scene(() => from(ANSWER)), caller));
      const blocked = new Scene(() => from(ANSWER), {
        input: () => Promise.resolve({ verdicts: [BLOCK], blockedBy: BLOCK }),
      });
      await assertFollowsContract(TOPICS.interactions, await recorded(blocked, caller));
    }
  });

  test('describes feedback, rewards and dead letters as they are written', async () => {
    const scene = new Scene(() => from(ANSWER));
    const interaction = consented();
    const feedback = { interactionId: interaction.id, kind: 'score', value: 0.5, idempotencyKey: 'once' } as const;
    await recordFeedback(scene.parts, feedback, CALLER);
    assert.ok(scene.recorded[0] !== undefined);
    await assertFollowsContract(TOPICS.feedback, scene.recorded[0].record);

    const components = {
      format: 1,
      parse: null,
      security: 0,
      task: 1,
      assistance: null,
      refusal: null,
      correctness: null,
      feedback: null,
    };
    const record = {
      kind: 'code',
      kind_confidence: 0.9,
      score: 0,
      unscored_reason: null,
      components,
      evidence: [],
      oracle_versions: { format: '1' },
    } as const;
    const reward = buildRewardEvent(interaction, { choice: 0, record, scoredAt: new Date() });
    const rewardRecord = {
      id: reward.id,
      key: interaction.id,
      value: jsonObject(JSON.parse(JSON.stringify(reward)), ''),
    };
    await assertFollowsContract(TOPICS.rewards, rewardRecord);

    const place = { topic: TOPICS.rewards, place: 'purpgate.rewards/0/1', reason: 'planted' };
    for (const held of [{ record: rewardRecord }, { bytes: Buffer.from([0xff, 0]) }])
      await assertFollowsContract(TOPICS.deadLetters, deadLetterRecord({ ...place, ...held }));
  });
});
