/**
 * Secrets and personal data of every kind in every place of a request: none may be readable in what is kept, without any guard in between.
 * `npm run campaign:secrets` does the same over HTTP with a real Kafka broker.
 */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { PurpgateError } from '../../src/errors.js';
import { startShipper } from '../../src/events/shipper.js';
import { createTableLog } from '../../src/events/table.js';
import { TOPICS } from '../../src/events/event-log.js';
import { startScorer } from '../../src/reward/scorer.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import { uuidv7 } from '../../src/text/uuid.js';
import type { CompletionRequest, Delta } from '../../src/types.js';
import { createTestDatabase } from '../support/database.js';
import { tablesWith } from '../support/dump.js';
import { scoredRecord } from '../support/events.js';
import { afterwards } from '../support/folder.js';
import { eventually } from '../support/processes.js';
import { REQUEST } from '../support/request.js';
import { PLANTS } from '../support/plants.js';
import { openFresh } from '../support/spool.js';
import { Scene, collect } from './scene.js';

const ARGUMENTS = (text: string) => JSON.stringify({ content: text, nested: [{ text }] });
const PLACES = 19;

function planted(text: string): CompletionRequest {
  const call = { id: `c1 ${text}`, name: `write ${text}`, arguments: ARGUMENTS(text) };
  return {
    ...REQUEST,
    id: uuidv7(),
    messages: [
      { role: 'system', content: `You know ${text} of old.` },
      { role: 'user', content: `Use\n${text}\nplease` },
      { role: 'assistant', content: text, reasoning: text, toolCalls: [call] },
      { role: 'tool', content: `stdout: ${text}`, toolCallId: `c1 ${text}` },
    ],
    tools: [{ name: `write ${text}`, description: `Writes ${text}`, parameters: { type: 'object', default: text } }],
    sampling: { ...REQUEST.sampling, stop: [text] },
    extra: { vendor: { deep: [text] } },
  };
}

/** In pieces of seven characters, each with token ids. */
async function* answer(text: string): AsyncGenerator<Delta> {
  for (const piece of text.match(/[^]{1,7}/g) ?? []) {
    await Promise.resolve();
    yield { type: 'reasoning', choice: 0, text: piece };
    yield { type: 'text', choice: 0, text: piece, tokens: { ids: [7_654_321], logprobs: [-1] } };
  }
  yield { type: 'tool_start', choice: 0, index: 0, id: `c2 ${text}`, name: `write ${text}` };
  yield { type: 'tool_args', choice: 0, index: 0, text: ARGUMENTS(text) };
}

async function* failing(text: string): AsyncGenerator<Delta> {
  yield* answer(text);
  throw new PurpgateError('upstream_error', { message: `the server said: cannot read ${text}` });
}

async function* finishing(text: string): AsyncGenerator<Delta> {
  yield* answer(text);
  yield { type: 'finish', choice: 0, reason: 'tool_calls' };
}

test('of the secrets planted in prompts, tool results, streams and errors none is readable in what is kept', async (t) => {
  assert.ok(PLANTS.length * PLACES > 300);
  const fresh = await createTestDatabase();
  afterwards(t, () => fresh.drop());
  const { database } = fresh;
  const lines: string[] = [];
  const logger = createLogger('trace', { write: (line) => void lines.push(line) });
  const metrics = createMetrics();
  const { spool, folder } = await openFresh(t, { logger, metrics, maxBytes: 1 << 26 });
  for (const { text } of PLANTS)
    for (const generate of [finishing, failing]) {
      const scene = new Scene(() => generate(text), {}, { spool, logger, metrics });
      await collect(scene.complete(planted(text)).deltas).catch(() => undefined);
    }
  const files = await readdir(folder);
  const written = (await Promise.all(files.map((name) => readFile(join(folder, name), 'latin1')))).join('');

  const log = createTableLog(database, { logger, pollMs: 5 });
  const shipper = startShipper({ spool, log, metrics, logger });
  const quoting = {
    score: ({ response }: { readonly response: { readonly content: string } }) =>
      Promise.resolve(
        scoredRecord({ evidence: [{ rule: 'r', cwe: null, start: 0, end: 1, message: response.content }] }),
      ),
  };
  const scorer = startScorer({ log, database, scorer: quoting, metrics, logger });
  const rewarded = async () => (await database.query('select from interactions')).length === 2 * PLANTS.length;
  let isDone = false;
  const watch = setInterval(() => void rewarded().then((now) => (isDone = now)), 20);
  await eventually(() => isDone);
  clearInterval(watch);
  await scorer.stop();
  await shipper.stop();
  await log.stop();

  const shown = { spool: written, logs: lines.join(''), metrics: await metrics.registry.metrics() };
  const readable: string[] = [];
  for (const { secret } of PLANTS) {
    for (const [place, text] of Object.entries(shown)) if (text.includes(secret)) readable.push(`${place}: ${secret}`);
    for (const table of await tablesWith(database, secret)) readable.push(`${table}: ${secret}`);
  }
  assert.deepEqual(readable, []);
  // The events are there, and without the token ids that would spell the secrets out.
  assert.ok(written.includes('REDACTED') && written.includes(TOPICS.interactions));
  assert.ok(!written.includes('7654321') && (await tablesWith(database, '7654321')).length === 0);
});
