/** What src/events/event-log.ts asks of every implementation. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, test, type TestContext } from 'node:test';
import { PurpgateError } from '../../src/errors.js';
import { TOPICS, type DeliveredRecord, type EventLog, type LogRecord, type Topic } from '../../src/events/event-log.js';
import type { JsonObject } from '../../src/types.js';

export interface LogUnderTest {
  readonly log: EventLog;
  /** Another client of the same store, as another process would have it. */
  readonly another: EventLog;
  /** Takes the store away without a warning, running connections too. */
  breakStore(): Promise<void>;
  restoreStore(): Promise<void>;
  close(): Promise<void>;
}

export interface LogTraits {
  /** Whether an append of records that are there already adds nothing. */
  readonly appendIsIdempotent: boolean;
  /** Most that one test may take: a store may need long to come back. */
  readonly timeoutMs?: number;
}

const topic = TOPICS.interactions;

const record = (key: string, value: JsonObject): LogRecord => ({ id: randomUUID(), key, value });

/** Consumes until `enough`, then stops; gives what was delivered. */
async function collect(
  log: EventLog,
  group: string,
  enough: (records: readonly DeliveredRecord[]) => boolean,
  from: Topic = topic,
): Promise<DeliveredRecord[]> {
  const delivered: DeliveredRecord[] = [];
  const done = new AbortController();
  await log.consume({
    topic: from,
    group,
    signal: done.signal,
    handle: (records) => {
      delivered.push(...records);
      if (enough(delivered)) done.abort();
      return Promise.resolve();
    },
  });
  return delivered;
}

const atLeast = (count: number) => (records: readonly DeliveredRecord[]) => records.length >= count;
const ids = (records: readonly LogRecord[]): string[] => records.map(({ id }) => id);
const numbersOf = (records: readonly LogRecord[], key: string): unknown[] =>
  records.filter((one) => one.key === key).map(({ value }) => value['n']);

/** Runs the suite over one implementation. `make` gives an empty log each time. */
export function eventLogContract(name: string, make: () => Promise<LogUnderTest>, traits: LogTraits): void {
  const withLog = (sentence: string, run: (given: LogUnderTest, context: TestContext) => Promise<void>): void => {
    test(sentence, { timeout: traits.timeoutMs ?? 20_000 }, async (context) => {
      const given = await make();
      try {
        await run(given, context);
      } finally {
        await given.close();
      }
    });
  };
  describe(`event log contract: ${name}`, () => {
    deliveryTests(withLog, traits);
    groupTests(withLog);
    endTests(withLog);
    outageTests(withLog);
  });
}

type WithLog = (sentence: string, run: (given: LogUnderTest, context: TestContext) => Promise<void>) => void;

function deliveryTests(withLog: WithLog, traits: LogTraits): void {
  withLog('a new group gets every record from the beginning, each key in order', async ({ log, another }) => {
    const records = Array.from({ length: 40 }, (_, n) => record(`key-${n % 3}`, { n }));
    await log.append(topic, records.slice(0, 25));
    await log.append(topic, records.slice(25));
    const delivered = await collect(another, 'late', atLeast(40));
    assert.deepEqual(ids(delivered).sort(), ids(records).sort());
    for (const key of ['key-0', 'key-1', 'key-2']) assert.deepEqual(numbersOf(delivered, key), numbersOf(records, key));
    assert.equal(new Set(delivered.map(({ place }) => place)).size, 40);
  });

  withLog('a record comes out as it went in, whatever its text holds', async ({ log }) => {
    const value = {
      text: 'null \0 lone \ud800 pair \u{1f600} line\u2028 quote " back \\ café',
      numbers: [0, -1.5, 1e300, 2 ** 53],
      nothing: null,
      deep: { a: [{ b: [] }, {}] },
      __proto_: 'own',
    };
    const given = [record('ordinary', value), record('odd \0 key', { n: 1 }), record('', { n: 2 })] as const;
    await log.append(topic, given);
    const delivered = new Map((await collect(log, 'reader', atLeast(3))).map((one) => [one.id, one]));
    for (const { id, value: sent } of given) assert.deepEqual(delivered.get(id)?.value, sent);
    assert.equal(delivered.get(given[0].id)?.key, 'ordinary');
  });

  withLog('topics do not mix', async ({ log }) => {
    await log.append(topic, [record('a', { n: 1 })]);
    const reward = record('a', { n: 2 });
    await log.append(TOPICS.rewards, [reward]);
    assert.deepEqual(ids(await collect(log, 'reader', atLeast(1), TOPICS.rewards)), [reward.id]);
  });

  withLog('records are delivered again when the handler rejects, and none is lost', async ({ log }) => {
    const records = Array.from({ length: 5 }, (_, n) => record('a', { n }));
    await log.append(topic, records);
    const attempts: string[][] = [];
    const done = new AbortController();
    await log.consume({
      topic,
      group: 'reader',
      signal: done.signal,
      handle: (given) => {
        attempts.push(ids(given));
        if (attempts.length < 3) return Promise.reject(new Error('planted'));
        if (given.some(({ id }) => id === records.at(-1)?.id)) done.abort();
        return Promise.resolve();
      },
    });
    assert.deepEqual(attempts[1], attempts[0]);
    assert.deepEqual(attempts[2], attempts[0]);
    assert.deepEqual(attempts.slice(2).flat(), ids(records));
    assert.equal(await log.lag(topic, 'reader'), 0);
  });

  withLog('no record is skipped while eight append at once', async ({ log, another }) => {
    const [writers, each] = [8, 25];
    const reading = collect(another, 'reader', (all) => new Set(ids(all)).size === writers * each);
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let n = 0; n < each; n++) await (n % 2 === 0 ? log : another).append(topic, [record(`w${writer}`, { n })]);
      }),
    );
    const delivered = await reading;
    for (let writer = 0; writer < writers; writer++)
      assert.deepEqual(
        numbersOf(delivered, `w${writer}`),
        Array.from({ length: each }, (_, n) => n),
      );
  });

  withLog(
    'an append that is repeated, also at the same time, adds what was missing',
    async ({ log, another }, context) => {
      if (!traits.appendIsIdempotent) {
        context.diagnostic('this store cannot tell; consumers are idempotent');
        return;
      }
      const records = Array.from({ length: 10 }, (_, n) => record('a', { n }));
      await log.append(topic, records.slice(0, 4));
      await Promise.all([
        log.append(topic, records),
        another.append(topic, [...records, ...records]),
        log.append(topic, records),
      ]);
      assert.equal(await log.lag(topic, 'reader'), 10);
      assert.deepEqual(numbersOf(await collect(log, 'reader', atLeast(10)), 'a'), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    },
  );
}

function groupTests(withLog: WithLog): void {
  withLog('each group sees all records, and goes on where it was', async ({ log, another }) => {
    await log.append(topic, [record('a', { n: 1 }), record('a', { n: 2 })]);
    assert.deepEqual(numbersOf(await collect(log, 'first', atLeast(2)), 'a'), [1, 2]);
    await log.append(topic, [record('a', { n: 3 })]);
    assert.deepEqual(numbersOf(await collect(another, 'first', atLeast(1)), 'a'), [3]);
    assert.deepEqual(numbersOf(await collect(log, 'second', atLeast(3)), 'a'), [1, 2, 3]);
  });

  withLog('lag counts what the group has not committed', async ({ log }) => {
    assert.equal(await log.lag(topic, 'reader'), 0);
    await log.append(topic, [record('a', { n: 1 }), record('b', { n: 2 }), record('a', { n: 3 })]);
    assert.equal(await log.lag(topic, 'reader'), 3);
    await collect(log, 'reader', atLeast(3));
    assert.equal(await log.lag(topic, 'reader'), 0);
    assert.equal(await log.lag(topic, 'other'), 3);
  });

  withLog('consumers of one group share the records, and one takes over from the other', async ({ log, another }) => {
    const seen: string[] = [];
    const watch = (one: EventLog) => {
      const leave = new AbortController();
      const handle = (records: readonly DeliveredRecord[]): Promise<void> => {
        seen.push(...ids(records));
        return Promise.resolve();
      };
      return { leave, left: one.consume({ topic, group: 'shared', signal: leave.signal, handle }) };
    };
    const consumers = [watch(log), watch(another)] as const;
    const records: LogRecord[] = [];
    const appendAndWait = async (): Promise<void> => {
      const more = Array.from({ length: 5 }, (_, n) => record(`k${n}`, { n }));
      records.push(...more);
      await log.append(topic, more);
      while (new Set(seen).size < records.length) await pause(5);
    };
    await appendAndWait();
    consumers[0].leave.abort();
    await consumers[0].left;
    await appendAndWait();
    consumers[1].leave.abort();
    await consumers[1].left;
    assert.deepEqual(seen.sort(), ids(records).sort());
  });
}

function endTests(withLog: WithLog): void {
  withLog('an idle consumer ends when its signal aborts', async ({ log }) => {
    const done = new AbortController();
    const consuming = log.consume({ topic, group: 'reader', signal: done.signal, handle: () => Promise.resolve() });
    done.abort();
    await consuming;
  });

  withLog('an abort waits for the running handler, whose progress counts', async ({ log }) => {
    await log.append(topic, [record('a', { n: 1 })]);
    const done = new AbortController();
    let finished = false;
    await log.consume({
      topic,
      group: 'reader',
      signal: done.signal,
      handle: async () => {
        done.abort();
        await pause(30);
        finished = true;
      },
    });
    assert.ok(finished);
    assert.equal(await log.lag(topic, 'reader'), 0);
  });

  withLog('stop ends consumers, may be called twice, and refuses what comes later', async ({ log }) => {
    const consuming = log.consume({
      topic,
      group: 'reader',
      signal: new AbortController().signal,
      handle: () => Promise.resolve(),
    });
    await Promise.all([log.stop(), log.stop()]);
    await consuming;
    await assert.rejects(log.append(topic, [record('a', {})]), PurpgateError);
  });

  withLog('an append whose signal has aborted rejects and appends nothing', async ({ log }) => {
    await assert.rejects(log.append(topic, [record('a', {})], AbortSignal.abort()));
    assert.equal(await log.lag(topic, 'reader'), 0);
  });
}

function outageTests(withLog: WithLog): void {
  withLog('an outage delays, and loses nothing that was appended', async (given) => {
    const { log, another } = given;
    const before = Array.from({ length: 10 }, (_, n) => record('a', { n }));
    const after = record('a', { n: 10 });
    await log.append(topic, before);
    const all = new Set([...ids(before), after.id]);
    const reading = collect(another, 'reader', (seen) => new Set(ids(seen)).size === all.size);
    await given.breakStore();
    await assert.rejects(log.append(topic, [after]), (error) => error instanceof PurpgateError && error.retryable);
    await given.restoreStore();
    for (let appended = false; !appended; )
      appended = await log.append(topic, [after]).then(
        () => true,
        () => pause(20, false),
      );
    assert.deepEqual(new Set(ids(await reading)), all);
    assert.equal(await log.lag(topic, 'reader'), 0);
  });
}
