import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { ModelTable } from '../../src/engine/models.js';
import { createServing } from '../../src/serve/serving.js';
import { openTracing, readTraceContext } from '../../src/telemetry/tracing.js';
import type { CompletionRequest } from '../../src/types.js';
import { never } from '../contracts/engine.js';
import { CHAT, ASK, HEADERS, openGateway } from '../http/support.js';
import { afterwards } from '../support/folder.js';
import { CALLER, REQUEST } from '../support/request.js';
import { completion, startScriptedUpstream, upstreamEngine, type Script } from '../support/scripted-upstream.js';
import { BLOCK, collect, from, Scene } from './scene.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = { traceparent: `00-${TRACE}-b7ad6b7169203331-01`, tracestate: 'vendor=1' };

interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: number;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

/** A receiver of OTLP over HTTP with JSON, on a socket. */
async function startReceiver(t: TestContext) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      if (request.url === '/v1/traces') bodies.push(body);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(t, () => new Promise((resolve) => server.close(resolve)));
  const spans = (): ReceivedSpan[] =>
    bodies.flatMap((body) =>
      (JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: ReceivedSpan[] }[] }[] }).resourceSpans.flatMap(
        ({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans),
      ),
    );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, spans };
}

async function scene(t: TestContext, script: Script, guard: ConstructorParameters<typeof Scene>[1] = {}) {
  const receiver = await startReceiver(t);
  const upstream = await startScriptedUpstream(script);
  afterwards(t, () => upstream.stop());
  const engine = upstreamEngine(upstream.url, { prices: { input: 1, output: 2 } });
  await engine.start(never());
  afterwards(t, () => engine.stop());
  const tracing = await openTracing(receiver.url);
  assert.ok(tracing !== null);
  const { parts } = new Scene(() => from([]), guard);
  const { metrics } = parts;
  const models = new ModelTable([{ engine, ids: ['model'] }]);
  const ask = async (request: CompletionRequest): Promise<Map<string, ReceivedSpan>> => {
    const serving = createServing({ ...parts, models, tracing });
    const { ready, deltas } = serving.complete(request, CALLER, never());
    await Promise.allSettled([ready, collect(deltas)]);
    await tracing.stop();
    return new Map(receiver.spans().map((span) => [span.name, span]));
  };
  return { ask, upstream, receiver, metrics };
}

const attributesOf = (span: ReceivedSpan | undefined): Record<string, unknown> =>
  Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));

describe('the trace of a request', () => {
  test('goes on from the client to the upstream, by the GenAI conventions, with no content and no key', async (t) => {
    const { ask, upstream, receiver, metrics } = await scene(t, { steps: completion('secret answer') });
    const spans = await ask({ ...REQUEST, traceContext: PARENT });
    const [serve, guard, engine] = ['serve chat model', 'guard prompt', 'chat model'].map((name) => spans.get(name));
    assert.deepEqual(
      [serve, guard, engine].map((span) => [span?.traceId, span?.parentSpanId, span?.kind, span?.status.code ?? 0]),
      [
        [TRACE, 'b7ad6b7169203331', 2, 0],
        [TRACE, serve?.spanId, 1, 0],
        [TRACE, serve?.spanId, 3, 0],
      ],
    );
    const { headers } = upstream.requests[0] ?? assert.fail('the upstream was not asked');
    assert.deepEqual([headers['traceparent'], headers['tracestate']], [`00-${TRACE}-${engine?.spanId}-01`, 'vendor=1']);
    const told = attributesOf(engine);
    assert.equal(told['gen_ai.operation.name'], 'chat');
    assert.equal(told['gen_ai.request.model'], 'model');
    assert.deepEqual([told['gen_ai.usage.input_tokens'], told['gen_ai.usage.output_tokens']], [10, 20]);
    assert.match(JSON.stringify(told['gen_ai.response.finish_reasons']), /"stop"/);
    for (const hidden of ['secret answer', 'my question', 'be kind', 'sk-upstream-secret'])
      assert.ok(!receiver.bodies.join().includes(hidden), hidden);
    const shown = await metrics.registry.metrics();
    for (const name of ['client_operation_duration', 'server_time_to_first_token', 'server_time_per_output_token'])
      assert.match(shown, new RegExp(`gen_ai_${name}_seconds_count\\{[^}]*gen_ai_request_model="model"[^}]*\\} 1`));
    assert.match(shown, /^purpgate_cost_dollars_total\{gen_ai_request_model="model"\} 0\.00005$/m);
    assert.match(shown, /^purpgate_overhead_seconds_count 1$/m);
  });

  test('tells failures by their code', async (t) => {
    const { ask, metrics } = await scene(t, { status: 500, body: { error: { message: 'broken' } } });
    const spans = await ask(REQUEST);
    for (const name of ['serve chat model', 'chat model']) {
      assert.equal(attributesOf(spans.get(name))['error.type'], 'upstream_error');
      assert.equal(spans.get(name)?.status.code, 2);
    }
    assert.match(await metrics.registry.metrics(), /duration_seconds_count\{[^}]*error_type="upstream_error"\} 1/);
  });

  test('tells which guard blocked the prompt', async (t) => {
    const blocking = { input: () => Promise.resolve({ verdicts: [BLOCK], blockedBy: BLOCK }) };
    const { ask } = await scene(t, { steps: completion('never seen') }, blocking);
    const spans = await ask(REQUEST);
    assert.equal(attributesOf(spans.get('guard prompt'))['purpgate.guard.blocked_by'], BLOCK.guard);
    assert.equal(spans.get('serve chat model')?.status.code ?? 0, 0);
  });
});

describe('the trace context of a client', () => {
  test('is passed on where it is valid, also where no spans are made', async (t) => {
    const { app, serving } = await openGateway(t);
    const ask = (headers: object) =>
      app.inject({ method: 'POST', url: CHAT, headers: { ...HEADERS, ...headers }, payload: ASK });
    await ask(PARENT);
    await ask({ traceparent: 'nonsense' });
    assert.deepEqual(
      serving.requests.map(({ traceContext }) => traceContext),
      [PARENT, undefined],
    );
    assert.equal(await openTracing(null), null);
  });

  test('is refused where the specification does', () => {
    const { traceparent } = PARENT;
    for (const wrong of [
      traceparent.toUpperCase(),
      `ff${traceparent.slice(2)}`,
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      '',
      5,
    ])
      assert.equal(readTraceContext({ traceparent: wrong }), null, String(wrong));
    assert.deepEqual(readTraceContext({ traceparent, tracestate: 'a=\n' }), { traceparent });
  });
});
