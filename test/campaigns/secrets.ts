/**
 * Secrets and personal data of every kind sent over HTTP through a deployment of parts: two gateways (one before an upstream that repeats
 * them, in answers and in errors; one with the embedded engine, which records token ids), a scorer, PostgreSQL, a real Kafka broker and a
 * receiver of traces. None may be readable in what any of them keeps or tells, nor spelled out by token ids.
 *
 *   npm run campaign:secrets
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { childEnvironment, packageRoot } from '../../src/config.js';
import { openDatabase, type Database } from '../../src/db.js';
import { startEmbeddedPostgres } from '../../src/embedded-postgres.js';
import { TOPICS } from '../../src/events/event-log.js';
import { loadTokenizer } from '../../src/lm/tokenizer.js';
import { Resources } from '../../src/resources.js';
import { createLogger } from '../../src/telemetry.js';
import type { Json } from '../../src/types.js';
import { tablesWith } from '../support/dump.js';
import { makeFolder } from '../support/folder.js';
import { endProcess, startInstanceProcess, type StartedInstance } from '../support/instance.js';
import { startBroker } from '../support/kafka/broker.js';
import { readMessages } from '../support/kafka/read-topic.js';
import { PLANTS, type Plant } from '../support/plants.js';
import { startScriptedUpstream, type Script, type Step } from '../support/scripted-upstream.js';
import { TOKENS } from '../support/secret-samples.js';

const SCORED_WITHIN_MS = 300_000;
const SILENT = createLogger('silent');

const ALL: readonly Plant[] = [
  ...PLANTS,
  ...TOKENS.flatMap(([prefixes, body]) => {
    // A second one of each kind, where its parts have no order.
    const bodies = /^\w+$/.test(body) ? [body, Array.from(body).reverse().join('')] : [body];
    return prefixes.split(' ').flatMap((prefix) => bodies.map((each) => prefix + each));
  }).map((secret) => ({ text: `token: ${secret} `, secret })),
];

/** Something to compare with: its token ids are recorded. */
const PLAIN: Plant = { text: 'a short greeting', secret: '' };

type Ask = 'whole' | 'streamed' | 'refused' | 'broken';
const ASKS: readonly Ask[] = ['whole', 'streamed', 'refused', 'broken'];

function bodyOf(model: string, { text }: Plant, ask: Ask): object {
  const call = { id: 'call_1', type: 'function', function: { name: 'write', arguments: JSON.stringify({ text }) } };
  return {
    model,
    max_tokens: 64,
    stream: ask !== 'whole',
    metadata: { ask },
    messages: [
      { role: 'system', content: `You know ${text} of old.` },
      { role: 'user', content: 'Run it.' },
      { role: 'assistant', content: text, tool_calls: [call] },
      { role: 'tool', content: `stdout: ${text}`, tool_call_id: 'call_1' },
      { role: 'user', content: `${ask}: say\n${text}\nagain` },
    ],
    tools: [{ type: 'function', function: { name: 'write', description: `Writes ${text}`, parameters: {} } }],
  };
}

/** Says again what the last message asks for, in pieces of seven characters, or fails with it. */
function answerTo(messages: Json): Script {
  const last = (messages as { content: string }[]).at(-1)?.content ?? '';
  const [, ask = '', text = ''] = /^(\w+): say\n([^]*)\nagain$/.exec(last) ?? [];
  const error = { error: { message: `cannot read ${text}`, type: 'invalid_request_error' } };
  if (ask === 'refused') return { status: 400, body: error };
  const pieces = (text.match(/[^]{1,7}/g) ?? []).flatMap((piece): Step[] => [
    { delta: { type: 'reasoning', choice: 0, text: piece } },
    { delta: { type: 'text', choice: 0, text: piece } },
  ]);
  if (ask === 'broken') return { steps: [...pieces, { bytes: `data: ${JSON.stringify(error)}\n\n` }] };
  return { steps: [...pieces, { delta: { type: 'finish', choice: 0, reason: 'stop' } }] };
}

interface Gateway {
  readonly instance: StartedInstance;
  readonly model: string;
  readonly folder: string;
}

/** Of each plant every way of asking. Gives how many requests were sent. */
async function askAll({ instance, model }: Gateway, plants: readonly Plant[]): Promise<number> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${instance.clientKey}` };
  const post = async (body: string): Promise<void> => {
    await (await fetch(`${instance.url}/v1/chat/completions`, { method: 'POST', headers, body })).text();
  };
  let count = 0;
  for (const plant of plants) {
    await Promise.all(ASKS.map((ask) => post(JSON.stringify(bodyOf(model, plant, ask)))));
    // What is refused before anything is generated is no interaction, and may be told by a log.
    await post(JSON.stringify(bodyOf(plant.text, plant, 'whole')));
    await post(`{"model": "${model}", "messages": ${plant.text}`);
    count += ASKS.length;
  }
  return count;
}

async function startReceiver(resources: Resources): Promise<{ readonly url: string; readonly bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString('utf8'));
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  resources.defer('receiver', () => {
    server.close();
    return Promise.resolve();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

async function untilScored(database: Database, wanted: number): Promise<void> {
  const deadline = Date.now() + SCORED_WITHIN_MS;
  for (;;) {
    const [row] = await database.query<{ count: string }>(
      'SELECT count(*) FROM interactions WHERE disposition IS NOT NULL',
    );
    const count = Number(row?.count);
    if (count >= wanted) return;
    assert.ok(Date.now() < deadline, `${count} of ${wanted} interactions are in the database`);
    await delay(1_000);
  }
}

/** What token ids anywhere in a record spell. */
function spelled(value: Json, decode: (ids: readonly number[]) => string): string[] {
  if (Array.isArray(value)) {
    const items: readonly Json[] = value;
    const ids = items.filter((item) => typeof item === 'number' && Number.isInteger(item));
    if (ids.length > 0 && ids.length === items.length) return [decode(ids as number[])];
    return items.flatMap((item) => spelled(item, decode));
  }
  return value === null || typeof value !== 'object'
    ? []
    : Object.values(value).flatMap((item) => (item === undefined ? [] : spelled(item, decode)));
}

const resources = new Resources();
const root = await makeFolder();
resources.defer('folder', () => rm(root, { recursive: true, force: true }));
try {
  const broker = resources.own('broker', await startBroker());
  const postgres = resources.own(
    'postgres',
    await startEmbeddedPostgres({ folder: join(root, 'postgres'), logger: SILENT }),
  );
  const upstream = await startScriptedUpstream(({ body }) => answerTo(body['messages'] ?? []));
  resources.own('upstream', upstream);
  const receiver = await startReceiver(resources);
  const shared = {
    DATABASE_URL: postgres.url,
    KAFKA_BROKERS: broker.address,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    REQUESTS_PER_MINUTE: '1000000',
    LOG_LEVEL: 'trace',
  };
  const startGateway = async (name: string, model: string, own: Record<string, string>): Promise<Gateway> => {
    const folder = join(root, name);
    const instance = await startInstanceProcess({ folder, command: 'serve', environment: { ...shared, ...own } });
    resources.defer(name, () => endProcess(instance.process, 'SIGTERM').then(() => undefined));
    return { instance, model, folder };
  };
  const gateways = [
    await startGateway('a', 'example-model', { UPSTREAM_URL: upstream.url, UPSTREAM_MODEL: 'example-model' }),
    await startGateway('b', 'purpgate-nano', {}),
  ] as const;
  let scorerLog = '';
  const scorer = spawn(process.execPath, [join(packageRoot, 'dist/src/cli/main.js'), 'score'], {
    env: { ...childEnvironment(), ...shared, PURPGATE_DATA: join(root, 'c') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  resources.defer('scorer', () => endProcess(scorer, 'SIGTERM').then(() => undefined));
  for (const stream of [scorer.stdout, scorer.stderr])
    stream.on('data', (chunk: Buffer) => {
      scorerLog += chunk.toString();
    });

  const asked = (await askAll(gateways[0], ALL)) + (await askAll(gateways[1], [...PLANTS, PLAIN, PLAIN]));
  console.log(`${ALL.length} plants, ${asked} interactions`);
  const database = await openDatabase(postgres.url, SILENT);
  resources.defer('database', () => database.close());
  await untilScored(database, asked);

  const shown: Record<string, string> = {};
  for (const [index, { instance, folder }] of gateways.entries()) {
    const metrics = await fetch(`${instance.adminUrl}/metrics`, {
      headers: { authorization: `Bearer ${instance.adminKey}` },
    });
    shown[`metrics ${index}`] = await metrics.text();
    await endProcess(instance.process, 'SIGTERM');
    shown[`log ${index}`] = instance.output();
    for (const name of await readdir(join(folder, 'spool'), { recursive: true }))
      shown[`spool ${index} ${name}`] = await readFile(join(folder, 'spool', name), 'latin1').catch(() => '');
  }
  shown['log of the scorer'] = scorerLog;
  shown['traces'] = receiver.bodies.join('\n');
  const tokenizer = await loadTokenizer(join(packageRoot, 'models', 'nano'));
  const records: string[] = [];
  const fromIds: string[] = [];
  for (const topic of Object.values(TOPICS))
    await readMessages(broker.address, topic, ({ key, value, headers }) => {
      const body = value?.toString() ?? '';
      records.push(
        `${key?.toString() ?? ''} ${body} ${Object.values(headers ?? {})
          .map(String)
          .join(' ')}`,
      );
      fromIds.push(...spelled(JSON.parse(body) as Json, (ids) => tokenizer.decode(ids)));
    });
  shown['kafka'] = records.join('\n');
  shown['token ids'] = fromIds.join('\n');

  const readable: string[] = [];
  for (const { secret } of ALL) {
    // In JSON within JSON marks are escaped.
    const forms = [secret, JSON.stringify(secret).slice(1, -1)];
    for (const [place, text] of Object.entries(shown))
      if (forms.some((form) => text.includes(form))) readable.push(`${place}: ${secret}`);
    for (const table of await tablesWith(database, secret)) readable.push(`${table}: ${secret}`);
  }
  for (const found of readable.slice(0, 20)) console.log(found);
  for (const [place, text] of Object.entries(shown)) console.log(`${place}: ${text.length} characters`);
  console.log(`${ALL.length} plants, ${asked} interactions, ${readable.length} readable`);
  // Each place was filled, so that there was something to find.
  for (const place of ['log 0', 'log 1', 'metrics 0', 'traces', 'kafka', 'token ids'])
    assert.ok((shown[place] ?? '').length > 200, place);
  assert.ok(shown['kafka'].includes('[REDACTED'));
  assert.deepEqual(readable, []);
} catch (thrown) {
  console.error(thrown);
  process.exitCode = 1;
} finally {
  await resources.stop();
}
