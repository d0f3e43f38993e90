/** A vulnerable statement that a model writes must not reach a client, whatever form the request and the stream have. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { policyOf } from '../../src/guard/policy.js';
import type { FastifyInstance } from 'fastify';
import { loadConfig } from '../../src/config.js';
import { ModelTable } from '../../src/engine/models.js';
import { type Spool, openSpool } from '../../src/events/spool.js';
import { type CodeScanner, createCodeScanner } from '../../src/guard/code/scanner.js';
import { createGuard } from '../../src/guard/create.js';
import type { Guard } from '../../src/guard/guard.js';
import { buildApp } from '../../src/http/app.js';
import { createServing } from '../../src/serve/serving.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import { makeFolder } from '../support/folder.js';
import { CALLER, REDACTION_KEY } from '../support/request.js';
import {
  type Script,
  type ScriptedUpstream,
  completion,
  startScriptedUpstream,
  toolCompletion,
  upstreamEngine,
} from '../support/scripted-upstream.js';

const STATEMENT = `connection.execute("SELECT * FROM ledger_7 WHERE holder_7 = '" + name + "'")`;
/** Pieces of the statement that appear nowhere else in the answer. */
const TELLTALES = ['ledger_7', 'holder_7', `'" + name`];
const CODE = `import sqlite3\n\ndef find_user(connection, name):\n    rows = ${STATEMENT}\n    return rows.fetchone()\n`;
const ANSWER = `Here is the function.\n\n\`\`\`python\n${CODE}\`\`\`\n\nCall it with a connection.`;

const FORMS: Readonly<Record<string, { readonly body: object; readonly steps: () => Script['steps'] }>> = {
  'a code block': { body: {}, steps: () => completion(ANSWER, { size: 3 }) },
  'a code block at once': { body: {}, steps: () => completion(ANSWER, {}) },
  'a code block that is never closed': {
    body: {},
    steps: () => completion(ANSWER.slice(0, ANSWER.indexOf('```\n\nCall')), { size: 5 }),
  },
  'code without a fence': { body: {}, steps: () => completion(CODE, { size: 4 }) },
  'both of two choices': { body: { n: 2 }, steps: () => completion(ANSWER, { choices: 2, size: 7 }) },
  'a tool call': {
    body: { tools: [{ type: 'function', function: { name: 'write_file', parameters: { type: 'object' } } }] },
    steps: () =>
      toolCompletion([{ name: 'write_file', arguments: JSON.stringify({ file_path: 'users.py', content: CODE }) }], {
        size: 2,
      }),
  },
  'a tool call in both of two choices': {
    body: { n: 2, tools: [{ type: 'function', function: { name: 'write_file', parameters: { type: 'object' } } }] },
    steps: () =>
      toolCompletion([{ name: 'write_file', arguments: JSON.stringify({ path: 'users.py', content: CODE }) }], {
        choices: 2,
        size: 9,
      }),
  },
};

describe('a planted SQL injection', () => {
  let upstream: ScriptedUpstream;
  let app: FastifyInstance;
  let scanner: CodeScanner;
  let guard: Guard;
  let spool: Spool;
  let folder: string;
  let url: string;

  before(async () => {
    folder = await makeFolder();
    const logger = createLogger('silent');
    const metrics = createMetrics();
    upstream = await startScriptedUpstream({ steps: [] });
    const engine = upstreamEngine(upstream.url, { model: 'scripted', apiKey: null });
    await engine.start(new AbortController().signal);
    scanner = await createCodeScanner({ workers: 1 });
    guard = createGuard({ policy: policyOf('default'), scanner, metrics, logger });
    spool = await openSpool({ folder, maxBytes: 1 << 26, metrics, logger });
    const serving = createServing({
      models: new ModelTable([{ engine, ids: ['scripted'] }]),
      guards: { of: () => guard },
      spool,
      metrics,
      logger,
      configHash: 'test',
      redactionKey: REDACTION_KEY,
    });
    app = await buildApp({
      config: loadConfig({}),
      serving,
      authenticator: { authenticate: () => Promise.resolve(CALLER) },
      metrics,
      logger,
      health: [],
    });
    url = await app.listen({ host: '127.0.0.1', port: 0 });
  });

  after(async () => {
    await app.close();
    await scanner.stop();
    await spool.close();
    await upstream.stop();
    await rm(folder, { recursive: true });
  });

  for (const [form, { body, steps }] of Object.entries(FORMS))
    for (const chunkBytes of [1, 64, undefined])
      for (const stream of [true, false])
        test(`in ${form}, ${stream ? 'streamed' : 'as one body'}, upstream in ${chunkBytes === undefined ? 'whole' : `${chunkBytes}-byte`} chunks, stays with us`, async () => {
          upstream.answer = { steps: steps() ?? [], ...(chunkBytes === undefined ? {} : { chunkBytes }) };
          const response = await fetch(`${url}/v1/chat/completions`, {
            method: 'POST',
            headers: { authorization: 'Bearer pg-test-test', 'content-type': 'application/json' },
            body: JSON.stringify({
              model: 'scripted',
              stream,
              messages: [{ role: 'user', content: 'Look up a user by name.' }],
              ...body,
            }),
          });
          const received = await response.text();
          assert.equal(response.status, 200, received);
          // Cut into tokens or not, quoted in JSON or not: the text that a client would put together.
          const text = stream ? joinedText(received) : received;
          for (const telltale of TELLTALES)
            for (const haystack of [received, text]) {
              assert.ok(!haystack.includes(telltale), `${telltale} in ${haystack}`);
              assert.ok(!haystack.includes(JSON.stringify(telltale).slice(1, -1)), `${telltale} in ${haystack}`);
            }
          assert.match(text, /CWE-89/);
          assert.match(received, /"finish_reason": ?"stop"/);
          if (stream) assert.ok(received.trimEnd().endsWith('data: [DONE]'));
        });

  test('is seen by this test when the policy only observes', async () => {
    const observing = createGuard({
      policy: policyOf('observe'),
      scanner,
      metrics: createMetrics(),
      logger: createLogger('silent'),
    });
    const deltas = observing.output(
      (async function* () {
        yield await Promise.resolve({ type: 'text', choice: 0, text: ANSWER } as const);
        yield { type: 'finish', choice: 0, reason: 'stop' } as const;
        yield { type: 'usage', usage: { promptTokens: 1, completionTokens: 1, reasoningTokens: 0 } } as const;
      })(),
      { requestId: 'r', tenant: 't', keyId: 'k' },
      new AbortController().signal,
    );
    let text = '';
    for await (const delta of deltas) if (delta.type === 'text') text += delta.text;
    assert.ok(text.includes(STATEMENT));
  });
});

/** All strings of all chunks, per choice, in order: a statement cut over chunks is whole again here. */
function joinedText(stream: string): string {
  const choices = new Map<number, string>();
  for (const line of stream.split('\n')) {
    if (!line.startsWith('data: {')) continue;
    const chunk = JSON.parse(line.slice(6)) as {
      choices?: {
        index: number;
        delta?: { content?: string; reasoning_content?: string; tool_calls?: { function?: { arguments?: string } }[] };
      }[];
    };
    for (const { index, delta } of chunk.choices ?? []) {
      const args = (delta?.tool_calls ?? []).map((call) => call.function?.arguments ?? '').join('');
      choices.set(index, `${choices.get(index) ?? ''}${delta?.reasoning_content ?? ''}${delta?.content ?? ''}${args}`);
    }
  }
  return [...choices.values()].join('\n');
}
