/**
 * Drains the spool to the event log. One loop: read a batch, append it, acknowledge it. An outage of the log makes it wait, longer each
 * time; a record that the log can never take goes to the dead letters, alone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { PurpgateError } from '../errors.js';
import type { Logger, Metrics } from '../telemetry.js';
import { type DeadLetter, deadLetterRecord } from './dead-letter.js';
import { TOPICS, type EventLog, type Topic } from './event-log.js';
import type { Spool, SpoolBatch, SpooledRecord } from './spool.js';

export interface ShipperOptions {
  readonly spool: Spool;
  readonly log: EventLog;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly firstWaitMs?: number;
  readonly mostWaitMs?: number;
  /** How long `stop` goes on draining. What is left then is shipped after the next start. */
  readonly drainMs?: number;
}

export interface Shipper {
  /** Ships what it can within `drainMs`, then waits for the running append. Idempotent. */
  stop(): Promise<void>;
}

export function startShipper(options: ShipperOptions): Shipper {
  const stopping = new AbortController();
  const ended = new AbortController();
  const running = ship({ ...options, stopping: stopping.signal, ended: ended.signal });
  const stop = async (): Promise<void> => {
    stopping.abort();
    const late = setTimeout(() => {
      ended.abort();
    }, options.drainMs ?? 2_000);
    await running;
    clearTimeout(late);
  };
  let stopped: Promise<void> | undefined;
  return { stop: () => (stopped ??= stop()) };
}

interface Running extends ShipperOptions {
  /** Aborts when no more than what is there is to be shipped. */
  readonly stopping: AbortSignal;
  /** Aborts when nothing more is to be shipped. */
  readonly ended: AbortSignal;
}

async function ship(running: Running): Promise<void> {
  const { spool, logger, stopping, ended, firstWaitMs = 50, mostWaitMs = 5_000 } = running;
  let waitMs = firstWaitMs;
  while (!ended.aborted) {
    try {
      const batch = await spool.read();
      if (batch === null) {
        if (stopping.aborted) return;
        await spool.whenReadable(stopping);
        continue;
      }
      await shipBatch(running, batch);
      await spool.acknowledge(batch);
      waitMs = firstWaitMs;
    } catch (error) {
      // When stopping there is no time for an outage: the records are durable in the spool.
      if (stopping.aborted) return;
      if (waitMs === firstWaitMs) logger.warn({ error }, 'the event log takes no records; they wait in the spool');
      await pause(waitMs, undefined, { signal: stopping }).catch(() => undefined);
      waitMs = Math.min(2 * waitMs, mostWaitMs);
    }
  }
}

/** Resolves when every record is in the log, as itself or as a dead letter. Only the order within a topic matters. */
async function shipBatch(running: Running, { records }: SpoolBatch): Promise<void> {
  const byTopic = new Map<Topic, SpooledRecord[]>();
  for (const record of records) {
    const sameTopic = byTopic.get(record.topic);
    if (sameTopic === undefined) byTopic.set(record.topic, [record]);
    else sameTopic.push(record);
  }
  for (const [topic, spooled] of byTopic) await shipTopic(running, topic, spooled);
}

async function shipTopic(running: Running, topic: Topic, spooled: readonly SpooledRecord[]): Promise<void> {
  const { log, metrics, ended } = running;
  try {
    const records = spooled.map(({ record }) => record);
    await log.append(topic, records, ended);
    metrics.shipped.inc(records.length);
  } catch (thrown) {
    if (!isRejection(thrown)) throw thrown;
    const [only] = spooled;
    if (spooled.length === 1 && only !== undefined) {
      await putAside(running, only, thrown);
      return;
    }
    // One of them is at fault; halving finds it in few steps and keeps the order.
    const half = Math.ceil(spooled.length / 2);
    await shipTopic(running, topic, spooled.slice(0, half));
    await shipTopic(running, topic, spooled.slice(half));
  }
}

/** Whether the log refused the records themselves, for good. */
function isRejection(thrown: unknown): thrown is PurpgateError {
  return thrown instanceof PurpgateError && thrown.code === 'event_invalid';
}

async function putAside({ log, metrics, logger, ended }: Running, spooled: SpooledRecord, why: PurpgateError) {
  const { topic, record, place } = spooled;
  logger.error({ topic, place, id: record.id, error: why }, 'a record was refused and is put aside');
  const letter = { topic, place, reason: why.message };
  try {
    await log.append(TOPICS.deadLetters, [deadLetterRecord({ ...letter, record })], ended);
  } catch (thrown) {
    if (!isRejection(thrown)) throw thrown;
    // What was too large for its topic can be too large for this one; parts are better than a spool that stands still.
    for (const part of partsOf(letter, Buffer.from(JSON.stringify(record))))
      await log.append(TOPICS.deadLetters, [deadLetterRecord(part)], ended);
  }
  metrics.deadLetters.inc({ place: 'shipper' });
}

/** Of dead letters that go in parts: any store takes as much. */
const PART_BYTES = 256 << 10;

function* partsOf(letter: Pick<DeadLetter, 'topic' | 'place' | 'reason'>, bytes: Buffer): Generator<DeadLetter> {
  for (let start = 0; start < bytes.length; start += PART_BYTES) {
    const part = bytes.subarray(start, start + PART_BYTES);
    const place = `${letter.place} bytes ${start}-${start + part.length - 1} of ${bytes.length}`;
    yield { ...letter, place, bytes: part };
  }
}
