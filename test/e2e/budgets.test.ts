/** Two gateways, one PostgreSQL, one budget. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listBudgets, setBudget } from '../../src/access/budgets.js';
import { createKey, publicPart } from '../../src/access/keys.js';
import type { CodeScanner } from '../../src/guard/code/scanner.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { startGateway, UPSTREAM_MODEL, type StartedGateway } from '../support/gateway.js';
import { completion, startScriptedUpstream, type ScriptedUpstream, type Step } from '../support/scripted-upstream.js';

/** As the scripted upstream tells it. */
const TOKENS_OF_ANSWER = 30;
const STEP = 256;

/** The answers hold no code: threads that would scan it are not worth their start. */
const scanner: CodeScanner = {
  scan: () => assert.fail(),
  scanPrefix: () => assert.fail(),
  rulesHash: '',
  languages: [],
  stop: () => Promise.resolve(),
};

function* babble(): Generator<Step> {
  for (;;) {
    yield { delta: { type: 'text', choice: 0, text: 'and so on ' } };
    yield { delayMs: 0 };
  }
}

describe('a budget before two gateways', () => {
  let server: TestDatabase;
  let upstream: ScriptedUpstream;
  let gateways: StartedGateway[];
  before(async () => {
    server = await createTestDatabase();
    upstream = await startScriptedUpstream({ steps: completion('fine') });
    const { database } = server;
    gateways = await Promise.all([1, 2].map(() => startGateway(upstream.url, { scanner, database })));
  });
  after(async () => {
    for (const gateway of gateways) await gateway.stop();
    await upstream.stop();
    await server.drop();
  });

  async function keyWith(amount: number): Promise<{ key: string; id: string }> {
    const input = { tenant: 't', name: 'n', training: 'deny', scopes: ['inference'], expiresAt: null } as const;
    const { key } = await createKey(server.database, { ...input, requestsPerMinute: null, honourStoreFalse: false });
    const id = publicPart(key) ?? '';
    await setBudget(server.database, { owner: 'key', subject: id, unit: 'tokens', period: 'month', amount });
    return { key, id };
  }

  const ask = (gateway: StartedGateway | undefined, key: string, stream = false): Promise<Response> =>
    fetch(`${gateway?.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: UPSTREAM_MODEL, stream, messages: [{ role: 'user', content: 'Hi' }] }),
    });

  test('is used up by both together and no further; then both refuse', async () => {
    const { key, id } = await keyWith(700);
    let answered = 0;
    let refused: Response | null = null;
    for (let wave = 0; wave < 30 && refused === null; wave += 1) {
      const responses = await Promise.all([...gateways, ...gateways].map((gateway) => ask(gateway, key)));
      answered += responses.filter(({ status }) => status === 200).length;
      if (responses.every(({ status }) => status === 429)) refused = responses[0] ?? null;
    }
    assert.ok(refused !== null);
    assert.equal(refused.headers.get('x-should-retry'), 'false');
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    const { error } = (await refused.json()) as { error: { code: string; type: string; message: string } };
    assert.deepEqual([error.code, error.type], ['insufficient_quota', 'insufficient_quota']);
    assert.match(error.message, /monthly token budget of this key .* of 700 tokens .* resets at \d{4}-\d\d-01T00:00/);
    for (const gateway of gateways) await gateway.settle();
    const [budget] = await listBudgets(server.database, { owner: 'key', subject: id });
    assert.equal(budget?.used, answered * TOKENS_OF_ANSWER, 'each answer counts once');
    assert.ok(budget.used <= 700 + 4 * TOKENS_OF_ANSWER);
    assert.ok(answered >= 10, `${answered} answered`);
  });

  test('ends a stream that has used it up as one that is too long', async () => {
    upstream.answer = () => ({ steps: babble() });
    const { key, id } = await keyWith(2 * STEP);
    const response = await ask(gateways[0], key, true);
    const text = await response.text();
    assert.match(text, /"finish_reason":"length"/);
    assert.ok(text.trimEnd().endsWith('[DONE]'));
    assert.equal(await upstream.requests.at(-1)?.ended, 'client_left');
    await gateways[0]?.settle();
    const [budget] = await listBudgets(server.database, { owner: 'key', subject: id });
    assert.ok(budget !== undefined && Math.abs(budget.used - 2 * STEP) <= 3, `${budget?.used} used`);
  });
});
