import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CALLER, HEADERS, authenticatorOf, errorOf, openGateway } from './support.js';

const ID = '018f0000-0000-7000-8000-000000000000';
const post = (payload: object, headers: Record<string, string> = {}) =>
  ({ method: 'POST', url: '/v1/feedback', headers: { ...HEADERS, ...headers }, payload }) as const;

describe('feedback', () => {
  test('is accepted when it is durable', async (context) => {
    const { app, serving } = await openGateway(context);
    const response = await app.inject(post({ interaction_id: ID, kind: 'accept', idempotency_key: 'k' }));
    assert.equal(response.statusCode, 202);
    assert.deepEqual(response.json(), {
      id: '018f0000-0000-7000-8000-000000000001',
      object: 'feedback',
      interaction_id: ID,
      kind: 'accept',
    });
    assert.deepEqual(serving.feedbacks, [{ interactionId: ID, kind: 'accept', value: null, idempotencyKey: 'k' }]);
  });

  test('takes the id of a completion for the id of its interaction', async (context) => {
    const { app, serving } = await openGateway(context);
    for (const prefix of ['chatcmpl-', 'resp_', 'msg_', 'cmpl-'])
      await app.inject(post({ interaction_id: `${prefix}${ID}`, kind: 'reject' }));
    assert.deepEqual(
      serving.feedbacks.map(({ interactionId }) => interactionId),
      [ID, ID, ID, ID],
    );
  });

  test('is one for one idempotency key: of the body, else of the header, else the request’s own', async (context) => {
    const { app, serving } = await openGateway(context);
    const body = { interaction_id: ID, kind: 'accept' };
    await app.inject(post({ ...body, idempotency_key: 'b' }, { 'idempotency-key': 'h' }));
    await app.inject(post(body, { 'idempotency-key': 'h' }));
    const own = await app.inject(post(body));
    assert.deepEqual(
      serving.feedbacks.map(({ idempotencyKey }) => idempotencyKey),
      ['b', 'h', own.headers['x-request-id']],
    );
    const long = await app.inject(post(body, { 'idempotency-key': 'x'.repeat(256) }));
    assert.deepEqual([long.statusCode, errorOf(long).param], [400, 'idempotency-key']);
  });

  for (const [kind, value, kept] of [
    ['accept', undefined, null],
    ['reject', 'wrong library', 'wrong library'],
    ['edit', 'print(1)', 'print(1)'],
    ['score', 0.5, 0.5],
    ['test_result', { passed: 3, failed: 1, log: 'x' }, { passed: 3, failed: 1 }],
    ['wrong_verdict', 'allow', 'allow'],
  ] as const)
    test(`of kind ${kind} keeps its value`, async (context) => {
      const { app, serving } = await openGateway(context);
      const response = await app.inject(post({ interaction_id: ID, kind, value }));
      assert.equal(response.statusCode, 202, response.body);
      assert.deepEqual(serving.feedbacks[0]?.value, kept);
    });

  for (const [kind, value] of [
    ['accept', 1],
    ['edit', undefined],
    ['score', 1.5],
    ['score', '1'],
    ['test_result', { passed: 1 }],
    ['test_result', { passed: -1, failed: 0 }],
    ['test_result', null],
    ['wrong_verdict', undefined],
    ['wrong_verdict', 'annotate'],
  ] as const)
    test(`of kind ${kind} refuses ${JSON.stringify(value)}`, async (context) => {
      const { app, serving } = await openGateway(context);
      const response = await app.inject(post({ interaction_id: ID, kind, value }));
      assert.deepEqual([response.statusCode, errorOf(response).param], [400, 'value']);
      assert.equal(serving.feedbacks.length, 0);
    });

  test('names an interaction and a kind that can exist', async (context) => {
    const { app } = await openGateway(context);
    const foreign = await app.inject(post({ interaction_id: 'x', kind: 'accept' }));
    assert.deepEqual([foreign.statusCode, errorOf(foreign).param], [400, 'interaction_id']);
    const unknown = await app.inject(post({ interaction_id: ID, kind: 'love' }));
    assert.equal(
      errorOf(unknown).message,
      'kind: must be one of accept, reject, edit, score, test_result, wrong_verdict',
    );
  });

  test('needs its own scope', async (context) => {
    const authenticator = authenticatorOf({ infer: { ...CALLER, scopes: new Set(['inference']) } });
    const { app } = await openGateway(context, { authenticator });
    const response = await app.inject({
      ...post({ interaction_id: ID, kind: 'accept' }),
      headers: { 'x-api-key': 'infer' },
    });
    assert.equal(response.statusCode, 403);
  });
});
