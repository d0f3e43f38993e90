/**
 * What the gateway adds to an answer: the time to the first and to the last byte of a stream, in each protocol, and through a bare fastify and undici
 * pass-through to the same upstream, in interleaved rounds. Writes the section `Added latency` of docs/benchmarks.md.
 *
 *   npm run bench:protocols [-- [--rounds 300] [--output FILE]]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { packageRoot } from '../../src/config.js';
import { CALLER, KEY } from '../http/support.js';
import { UPSTREAM_MODEL, startGateway } from '../support/gateway.js';
import { completion, startScriptedUpstream } from '../support/scripted-upstream.js';
import { quantile, startPassThrough, time } from './pass-through.js';
import { machineLines, writeSection } from './report.js';

const PROMPT = 'Say something about the sea. '.repeat(20);
const ANSWER = 'The sea is wide and deep and blue, and ships sail on it. '.repeat(8);
/** What the last event of an answer that ended well holds. */
const END = /data: \[DONE\]|"type":"message_stop"/;
/** UTF-16 code units per chunk of the upstream: about one token. */
const PIECE = 4;
const WARM_UP = 20;

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly body: object;
}

interface Times {
  readonly first: number[];
  readonly last: number[];
}

const messages = [{ role: 'user', content: PROMPT }];
const base = { model: UPSTREAM_MODEL, stream: true };

function contenders(addresses: {
  readonly upstream: string;
  readonly bare: string;
  readonly gateway: string;
}): Contender[] {
  const chat = { ...base, messages };
  return [
    { name: 'the upstream itself', url: `${addresses.upstream}/chat/completions`, body: chat },
    { name: 'bare fastify and undici', url: `${addresses.bare}/v1/chat/completions`, body: chat },
    { name: 'chat completions', url: `${addresses.gateway}/v1/chat/completions`, body: chat },
    { name: 'responses', url: `${addresses.gateway}/v1/responses`, body: { ...base, input: PROMPT } },
    { name: 'messages', url: `${addresses.gateway}/v1/messages`, body: { ...base, messages, max_tokens: 1024 } },
    { name: 'completions', url: `${addresses.gateway}/v1/completions`, body: { ...base, prompt: PROMPT } },
  ];
}

async function measure(list: readonly Contender[], rounds: number): Promise<Map<string, Times>> {
  const clients = new Map(list.map(({ name, url }) => [name, new Pool(new URL(url).origin)]));
  const times = new Map<string, Times>(list.map(({ name }) => [name, { first: [], last: [] }]));
  try {
    for (let round = -WARM_UP; round < rounds; round += 1)
      // Each round begins with another, so that none always follows the same one.
      for (const place of list.keys()) {
        const contender = list[(place + round + WARM_UP) % list.length];
        if (contender === undefined) continue;
        const client = clients.get(contender.name);
        if (client === undefined) continue;
        const { first, last } = await time(client, {
          name: contender.name,
          path: new URL(contender.url).pathname,
          headers: { authorization: `Bearer ${KEY}` },
          body: JSON.stringify(contender.body),
          end: END,
        });
        if (round < 0) continue;
        times.get(contender.name)?.first.push(first);
        times.get(contender.name)?.last.push(last);
      }
  } finally {
    for (const client of clients.values()) await client.close();
  }
  return times;
}

function table(times: ReadonlyMap<string, Times>): string {
  const bare = times.get('bare fastify and undici');
  const rows = [...times].map(([name, { first, last }]) => {
    const cells = [first, last].flatMap((values) => [quantile(values, 0.5), quantile(values, 0.99)]);
    // Within each round, since what disturbs the machine disturbs all.
    const ratio = quantile(
      last.map((value, round) => value / (bare?.last[round] ?? NaN)),
      0.5,
    );
    const added = quantile(
      last.map((value, round) => value - (bare?.last[round] ?? NaN)),
      0.5,
    );
    return `| ${[name, ...cells.map((cell) => cell.toFixed(2)), added.toFixed(2), `${ratio.toFixed(2)} x`].join(' | ')} |`;
  });
  return [
    '| through | first byte, median ms | first byte, p99 ms | last byte, median ms | last byte, p99 ms | added to bare, median ms | to bare |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}

async function bench(rounds: number): Promise<string> {
  const upstream = await startScriptedUpstream({ steps: completion(ANSWER, { size: PIECE }) });
  const bare = await startPassThrough(upstream.url);
  const gateway = await startGateway(upstream.url, { callers: { [KEY]: { ...CALLER, requestsPerMinute: 1_000_000 } } });
  try {
    const list = contenders({ upstream: upstream.url, bare: bare.url, gateway: gateway.url });
    return table(await measure(list, rounds));
  } finally {
    await gateway.stop();
    await bare.stop();
    await upstream.stop();
  }
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '300' },
    output: { type: 'string', default: join(packageRoot, 'docs', 'benchmarks.md') },
  },
});
const result = await bench(Number(values.rounds));
const intro = [
  `A stream of ${Math.ceil(ANSWER.length / PIECE)} chunks, one request at a time, ${values.rounds} rounds of one request to each, in turning order; client, gateway and upstream share one process.`,
  'The gateway authenticates, judges the prompt, guards and records each answer durably before its last byte; the pass-through does none of it.',
  'Differences and ratios are medians over rounds of the time to the last byte.',
].join('\n');
const machine = await machineLines();
await writeSection(
  values.output,
  'Added latency',
  `${intro}\n\n${result}\n\n${machine}\n\n\`npm run bench:protocols\``,
);
console.log(result);
