/** The fault table of docs/reliability.md, row by row: the whole gateway before real servers that misbehave. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createCodeScanner, type CodeScanner } from '../../src/guard/code/scanner.js';
import {
  ask,
  chunk,
  dripping,
  faulty,
  gatewayBefore,
  HEAD,
  isWhole,
  plain,
  said,
  slowLoris,
  TOTAL_MS,
  type Fault,
} from '../support/faulty-upstream.js';
import { completion, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.js';

/** With time for the gateway's own work on a machine that is busy. */
const LATEST_MS = TOTAL_MS + 3000;

describe('a gateway before upstreams', { concurrency: 11 }, () => {
  let well: ScriptedUpstream;
  let scanner: CodeScanner;
  before(async () => {
    well = await startScriptedUpstream({ steps: completion('fine') });
    scanner = await createCodeScanner({ workers: 1 });
  });
  after(async () => {
    await well.stop();
    await scanner.stop();
  });

  for (const [name, fault, code] of [
    ['that hang up at once', (socket) => socket.destroy(), 502],
    ['that hang before their headers', () => undefined, 504],
    ['that send their head byte by byte', slowLoris, 504],
    ['that answer with garbage', (socket) => socket.end('\0\x01 nonsense\r\n\r\n'), 502],
    ['whose stream is garbage', (socket) => socket.write(HEAD + chunk('data: {"choi\n\n')), 502],
    ['that answer 429 with Retry-After', plain('429 Too Many Requests', 'retry-after: 7\r\n'), 502],
    ['that answer 503', plain('503 Service Unavailable'), 502],
    ['that hang after their headers', (socket) => socket.write(HEAD), 504],
  ] as const satisfies readonly (readonly [string, Fault, number])[])
    test(`${name}: all requests go to the one that is well, and where there is none they fail in time`, async () => {
      const bad = await faulty(fault);
      const [alone, beside] = [
        await gatewayBefore([bad.url], scanner),
        await gatewayBefore([bad.url, well.url], scanner),
      ];
      try {
        const failed = await ask(alone, 'a');
        assert.equal(failed.status, code, failed.text);
        assert.ok(failed.ms < LATEST_MS, `${failed.ms} ms`);
        const answers = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((session) => ask(beside, session)));
        assert.deepEqual(
          answers.filter((answer) => !isWhole(answer)),
          [],
        );
        assert.equal(await alone.recorded(), 1);
        assert.equal(await beside.recorded(), 6);
      } finally {
        await alone.stop();
        await beside.stop();
        bad.server.close();
      }
    });

  for (const [name, fault] of [
    ['hang in mid-stream', (socket) => socket.write(HEAD + said)],
    ['drip comments for ever', dripping],
    [
      'die in mid-stream',
      (socket) => {
        socket.write(HEAD + said);
        setTimeout(() => socket.destroy(), 20);
      },
    ],
  ] as const satisfies readonly (readonly [string, Fault])[])
    test(`that ${name}: the client is told by an error in the stream, in time, and never by a clean end`, async () => {
      const bad = await faulty(fault);
      const alone = await gatewayBefore([bad.url], scanner);
      try {
        const { status, text, ms } = await ask(alone, 'a');
        assert.equal(status, 200);
        assert.match(text, /begun[^]*"error"/);
        assert.ok(!text.includes('[DONE]'), text);
        assert.ok(ms < LATEST_MS, `${ms} ms`);
        assert.equal(await alone.recorded(), 1);
      } finally {
        await alone.stop();
        bad.server.close();
      }
    });
});
