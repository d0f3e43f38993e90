import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Policy } from '../../src/guard/policy.js';
import { parsePolicies, policyNamed } from '../../src/guard/policy-file.js';
import type { Delta } from '../../src/types.js';
import { collect, finish, streamOf, textDeltas, textOf, toolCall, usage } from '../support/deltas.js';
import { context, fenced, guardOf, reasonOf, SAFE, useScanner, verdictsOf } from '../support/output-guard.js';
import { startWebhook } from '../support/webhook-server.js';

useScanner();

const never = new AbortController().signal;

function policyWith(url: string, fields: string, policy = ''): Policy {
  const text = `webhooks: { dlp: { url: '${url}', ${fields} } }\npolicies: { p: { webhooks: [dlp], ${policy} } }`;
  return policyNamed(parsePolicies(text, 'default'), 'p', '--policy');
}

const outputOf = (policy: Policy, deltas: readonly Delta[], signal = never): Promise<Delta[]> =>
  collect(guardOf(policy).output(streamOf(deltas), context, signal));

const RUST = 'Here:\n\n```rust\nfn main() {}\n\nfn other() {}\n```\n\nDone.\n';
const webhookVerdicts = (deltas: readonly Delta[]) => verdictsOf(deltas).filter(({ guard }) => guard === 'webhook/dlp');

describe('a webhook about code', () => {
  test('is sent each unit, with the header of the operator, and lets it pass', async (t) => {
    process.env['TEST_DLP_TOKEN'] = 'Bearer t0ken';
    t.after(() => delete process.env['TEST_DLP_TOKEN']);
    const server = await startWebhook(t, () => [200, '{"action":"allow"}']);
    const policy = policyWith(server.url, 'stages: [code], header: { name: Authorization, value_env: TEST_DLP_TOKEN }');
    const call = toolCall(0, [JSON.stringify({ file_path: 'a.rs', content: 'fn x() {}\n' })]);
    const deltas = await outputOf(policy, [...textDeltas([RUST, fenced(SAFE)]), ...call, finish('tool_calls'), usage]);
    assert.equal(textOf(deltas), RUST + fenced(SAFE));
    assert.equal(reasonOf(deltas), 'tool_calls');
    assert.ok(!JSON.stringify(policy).includes('t0ken'));
    const { requestId, tenant, keyId } = context;
    const frame = { version: 1, stage: 'code', request_id: requestId, tenant, key_id: keyId };
    const [rust, python, tool] = server.received;
    assert.equal(rust?.headers.authorization, 'Bearer t0ken');
    assert.deepEqual(rust.body, {
      ...frame,
      tool: null,
      files: [{ language: 'rust', paths: [], code: 'fn main() {}\n\nfn other() {}\n' }],
    });
    assert.deepEqual(python?.body['files'], [{ language: 'python', paths: [], code: SAFE }]);
    assert.equal(tool?.body['tool'], 'write_file');
    assert.deepEqual((tool.body['files'] as unknown[])[1], { language: 'rust', paths: ['a.rs'], code: 'fn x() {}\n' });
    assert.deepEqual(
      webhookVerdicts(deltas).map(({ action, label }) => [action, label]),
      Array.from({ length: 3 }, () => ['allow', 'passed']),
    );
  });

  test('withholds what it blocks, of which nothing went before, and tells its reason', async (t) => {
    const server = await startWebhook(t, () => [200, '{"action":"block","rule":"licence","reason":"Not ours."}']);
    const policy = policyWith(server.url, 'stages: [code]');
    for (const pieces of [[RUST], Array.from(RUST)]) {
      const deltas = await outputOf(policy, [...textDeltas(pieces), finish(), usage]);
      assert.ok(!textOf(deltas).includes('fn main'));
      assert.match(textOf(deltas), /code is not allowed\.\n- webhook\/dlp\/licence: Not ours\.\][^]*Done\.\n/);
    }
    const call = toolCall(0, [JSON.stringify({ command: 'cargo new x' })]);
    const deltas = await outputOf(policy, [...call, finish('tool_calls'), usage]);
    assert.ok(!deltas.some(({ type }) => type === 'tool_start'));
    assert.equal(reasonOf(deltas), 'stop');
  });

  test('may annotate; and under a policy that observes it only records', async (t) => {
    const server = await startWebhook(t, ({ body }) => [
      200,
      JSON.stringify({ action: JSON.stringify(body).includes('main') ? 'block' : 'annotate' }),
    ]);
    const annotated = await outputOf(policyWith(server.url, 'stages: [code]'), [
      ...textDeltas(['```rust\nfn f() {}\n```\n']),
      finish(),
    ]);
    assert.deepEqual([webhookVerdicts(annotated)[0]?.action, reasonOf(annotated)], ['annotate', 'stop']);
    const observed = await outputOf(policyWith(server.url, 'stages: [code, answer]', 'mode: observe'), [
      ...textDeltas([RUST]),
      finish(),
    ]);
    assert.equal(textOf(observed), RUST);
    assert.deepEqual(
      webhookVerdicts(observed).map(({ action, label }) => [action, label]),
      Array.from({ length: 2 }, () => ['observe', 'not_allowed']),
    );
  });
});

describe('a webhook that fails', () => {
  const failing: Record<string, Parameters<typeof startWebhook>[1]> = {
    'with 500': () => [500, '{"action":"allow"}'],
    'with garbage': () => [200, 'allow'],
    'with an action that is none': () => [200, '{"action":"ALLOW"}'],
    'with a rule that is no name': () => [200, '{"action":"allow","rule":"<b>"}'],
    'with too much': () => [200, JSON.stringify({ action: 'allow', reason: 'x'.repeat(20_000) })],
    'with a half answer': () => (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"action":"allow"}');
      setImmediate(() => response.destroy());
    },
  };
  async function serve(policy: Policy): Promise<Delta[]> {
    return outputOf(policy, [...textDeltas([`First.\n\n${RUST}`]), finish(), usage]);
  }
  function assertDenied(deltas: readonly Delta[]): void {
    assert.ok(!textOf(deltas).includes('fn main'), textOf(deltas));
    assert.match(textOf(deltas), /code could not be checked/);
    const [verdict] = webhookVerdicts(deltas);
    assert.deepEqual([verdict?.action, verdict?.label, verdict?.scannedBytes], ['block', 'guard_failed', 0]);
  }

  for (const [how, answer] of Object.entries(failing))
    test(`${how} denies, unless the operator lets it pass`, async (t) => {
      const { url } = await startWebhook(t, answer);
      assertDenied(await serve(policyWith(url, 'stages: [code]')));
      const passed = await serve(policyWith(url, 'stages: [code], on_error: allow'));
      assert.ok(textOf(passed).includes('fn main'));
      assert.deepEqual(
        webhookVerdicts(passed).map(({ action, label }) => [action, label]),
        [['observe', 'guard_failed']],
      );
    });

  test('with a redirect is not followed', async (t) => {
    const target = await startWebhook(t, () => [200, '{"action":"allow"}']);
    const { url } = await startWebhook(t, () => (response) => {
      response.writeHead(307, { location: target.url }).end();
    });
    assertDenied(await serve(policyWith(url, 'stages: [code]')));
    assert.deepEqual(target.received, []);
  });

  test('with silence is left at its time-out, and nobody listening is a failure, too', async (t) => {
    const silent = await startWebhook(t, () => () => undefined);
    const started = performance.now();
    assertDenied(await serve(policyWith(silent.url, 'stages: [code], timeout_seconds: 0.05')));
    assert.ok(performance.now() - started < 2000);
    while (silent.abandoned === 0) await delay(10);
    assertDenied(await serve(policyWith('http://127.0.0.1:1/', 'stages: [code]')));
  });

  test('fails the request where nothing was served yet', async (t) => {
    const { url } = await startWebhook(t, () => [500, '']);
    const policy = (fields: string) => policyWith(url, `stages: [prompt, answer], ${fields}`);
    const ask = (fields: string) => guardOf(policy(fields)).input([{ role: 'user', content: 'Hi.' }], context, never);
    await assert.rejects(ask('on_error: block'), { code: 'guard_failed' });
    assert.equal((await ask('on_error: allow')).blockedBy, null);
    const answer = [...textDeltas(['Hello.']), finish(), usage];
    await assert.rejects(outputOf(policy('on_error: block'), answer), { code: 'guard_failed' });
    assert.equal(textOf(await outputOf(policy('on_error: allow'), answer)), 'Hello.');
    const code = [...textDeltas(['```rust\nfn main() {}\n```\n']), finish()];
    await assert.rejects(outputOf(policyWith(url, 'stages: [code]'), code), { code: 'guard_failed' });
    const passed = await outputOf(policyWith(url, 'stages: [code], on_error: allow'), code);
    assert.match(textOf(passed), /fn main/);
  });

  test('is left when the request is aborted', async (t) => {
    const silent = await startWebhook(t, () => () => undefined);
    const stop = new AbortController();
    const served = outputOf(policyWith(silent.url, 'stages: [code]'), [...textDeltas([RUST]), finish()], stop.signal);
    while (silent.received.length === 0) await delay(10);
    stop.abort();
    await assert.rejects(served, { code: 'request_aborted' });
    while (silent.abandoned === 0) await delay(10);
  });
});

describe('a webhook about prompts and answers', () => {
  test('blocks a prompt beside the other guards', async (t) => {
    const server = await startWebhook(t, ({ body }) => [
      200,
      JSON.stringify({ action: JSON.stringify(body['messages']).includes('Project X') ? 'block' : 'allow' }),
    ]);
    const guard = guardOf(policyWith(server.url, 'stages: [prompt]'));
    const ask = (content: string) => guard.input([{ role: 'user', content }], context, never);
    const { verdicts, blockedBy } = await ask('Tell me of Project X.');
    assert.deepEqual([verdicts.length, blockedBy?.guard, blockedBy?.stage], [2, 'webhook/dlp', 'input']);
    assert.equal((await ask('Hello.')).blockedBy, null);
    assert.deepEqual(server.received[1]?.body['messages'], [{ role: 'user', content: 'Hello.' }]);
  });

  test('holds each answer until it was judged, and serves it whole or not at all', async (t) => {
    const server = await startWebhook(t, ({ body }) => [
      200,
      JSON.stringify({ action: body['content'] === 'no' ? 'block' : 'allow' }),
    ]);
    const policy = policyWith(server.url, 'stages: [answer]');
    const call = toolCall(0, ['{}'], 1);
    const deltas = await outputOf(policy, [
      ...textDeltas(['n', 'o'], 0),
      { type: 'reasoning', choice: 1, text: 'Because.' },
      ...textDeltas(['y', 'es'], 1),
      ...call,
      finish('length', 0),
      finish('tool_calls', 1),
      usage,
    ]);
    assert.deepEqual(server.received[1]?.body['tool_calls'], [{ name: 'write_file', arguments: '{}' }]);
    assert.deepEqual([server.received[1].body['reasoning'], server.received[1].body['content']], ['Because.', 'yes']);
    const texts = (choice: number) =>
      deltas.flatMap((delta) => (delta.type === 'text' && delta.choice === choice ? [delta.text] : [])).join('');
    assert.match(texts(0), /^\[Withheld by the safety policy: the answer is not allowed\.\n- webhook\/dlp: /);
    assert.equal(texts(1), 'yes');
    assert.deepEqual([reasonOf(deltas, 0), reasonOf(deltas, 1)], ['stop', 'tool_calls']);
    assert.equal(deltas.at(-1)?.type, 'usage');
  });
});

describe('the section webhooks of the file of policies', () => {
  for (const [text, message] of [
    ["webhooks: { a: { url: 'ftp://b', stages: [code] } }", /^webhooks\.a\.url: expected a URL/],
    ["webhooks: { a: { url: 'http://u:p@b', stages: [code] } }", /^webhooks\.a\.url: holds credentials; use header/],
    ["webhooks: { a: { url: 'http://b' } }", /^webhooks\.a\.stages: expected one or more of prompt, code, answer/],
    ["webhooks: { a: { url: 'http://b', stages: [all] } }", /^webhooks\.a\.stages\[0\]: expected one of prompt/],
    [
      "webhooks: { a: { url: 'http://b', stages: [code], on_error: pass } }",
      /^webhooks\.a\.on_error: expected one of block/,
    ],
    [
      "webhooks: { a: { url: 'http://b', stages: [code], header: { name: Host, value_env: X } } }",
      /^webhooks\.a\.header\.name: expected the name of a header/,
    ],
    [
      "webhooks: { a: { url: 'http://b', stages: [code], header: { name: x-a, value_env: NOT_THERE } } }",
      /^webhooks\.a\.header\.value_env: the environment variable NOT_THERE is not set/,
    ],
    ["webhooks: { a: { url: 'http://b', stages: [code], retries: 3 } }", /^webhooks\.a\.retries: is not known/],
    ['policies: { p: { webhooks: [a] } }', /^policies\.p\.webhooks\[0\]: expected one of/],
  ] as const)
    test(`is refused where ${message.source}`, () => {
      assert.throws(() => parsePolicies(text, 'default'), { code: 'setting_invalid', publicMessage: message });
    });
});
