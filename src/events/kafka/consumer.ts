/** One consumer of a group: joins, delivers, commits, and joins again after whatever ended it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Logger } from '../../telemetry.js';
import type { DeadLetter } from '../dead-letter.js';
import type { ConsumeOptions, DeliveredRecord } from '../event-log.js';
import { RETRY } from './connection.js';
import { keepMembership, type Membership } from './membership.js';
import { type MessageSource, readMessage } from './messages.js';
import { RecentIds } from './recent-ids.js';

/** As Kafka's own clients have them by default. */
export interface GroupTiming {
  readonly heartbeatMs: number;
  /** Without a heartbeat for so long the member's partitions go to others. */
  readonly sessionMs: number;
  /** How long the group waits, when it shares out anew, for handlers to finish. */
  readonly rebalanceMs: number;
}

export const GROUP_TIMING: GroupTiming = { heartbeatMs: 3_000, sessionMs: 30_000, rebalanceMs: 60_000 };

export interface Consumption extends ConsumeOptions {
  readonly kafka: Kafka;
  readonly topicName: string;
  readonly groupName: string;
  readonly logger: Logger;
  readonly timing: GroupTiming;
  /** Puts aside what is no record. */
  readonly bury: (letters: readonly DeadLetter[], signal: AbortSignal) => Promise<void>;
}

/** Most of one delivery; the message that crosses the bytes is part of it. */
const BATCH_RECORDS = 500;
const BATCH_BYTES = 8 << 20;
/** A broker answers an idle consumer after so long; an abort waits no longer either. */
const IDLE_MS = 250;
const FIRST_WAIT_MS = 100;
const MOST_WAIT_MS = 5_000;

export class GroupConsumer {
  #waitMs = FIRST_WAIT_MS;
  /** A repeated append, and a commit that failed, bring records again. */
  readonly #handled = new RecentIds();

  constructor(private readonly options: Consumption) {}

  /** Resolves when the signal has aborted and the running handler has ended. */
  async run(): Promise<void> {
    const { signal, logger, topic, group } = this.options;
    while (!this.#isEnded()) {
      try {
        await this.#beMember();
      } catch (error) {
        if (this.#isEnded()) return;
        if (this.#waitMs === FIRST_WAIT_MS) logger.warn({ error, topic, group }, 'the event log cannot be read');
        await this.#backOff(signal);
      }
    }
  }

  async #beMember(): Promise<void> {
    const { kafka, groupName, topicName, signal, timing } = this.options;
    const consumer = kafka.consumer({
      groupId: groupName,
      sessionTimeout: timing.sessionMs,
      rebalanceTimeout: timing.rebalanceMs,
      heartbeatInterval: timing.heartbeatMs,
      maxWaitTimeInMs: IDLE_MS,
      allowAutoTopicCreation: false,
      // It restarts on some errors only; `run` does on all.
      retry: { ...RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
    const crashed = new AbortController();
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
      crashed.abort(error);
    });
    const cut = (): void => void consumer.disconnect().catch(() => undefined);
    // Not after the join: that can take as long as the other members' handlers.
    signal.addEventListener('abort', cut, { once: true });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: topicName, fromBeginning: true });
      if (signal.aborted) return;
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#deliver(payload),
      });
      await untilEither(signal, crashed.signal);
      crashed.signal.throwIfAborted();
    } finally {
      signal.removeEventListener('abort', cut);
      // kafkajs waits for the handler, then leaves the group. One that is joined meanwhile is left by this second call.
      await consumer.disconnect();
    }
  }

  async #deliver(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { signal, timing, topicName, topic } = this.options;
    const membership = keepMembership({ heartbeat: () => payload.heartbeat(), ...timing });
    const { partition } = batch;
    try {
      for (const messages of chunksOf(batch.messages)) {
        const offset = messages.at(-1)?.offset;
        if (signal.aborted || offset === undefined) return;
        membership.leaving.throwIfAborted();
        if (!(await this.#handle(messages, { topic, partition }, membership))) return;
        await payload.commitOffsetsIfNecessary({
          topics: [{ topic: topicName, partitions: [{ partition, offset: String(BigInt(offset) + 1n) }] }],
        });
        payload.resolveOffset(offset);
        this.#waitMs = FIRST_WAIT_MS;
      }
      membership.leaving.throwIfAborted();
    } finally {
      membership.stop();
    }
  }

  /** Again until it succeeds. False when the log is to end; throws when the partition goes to somebody else. */
  async #handle(
    messages: readonly KafkaMessage[],
    source: MessageSource,
    { lost, leaving }: Membership,
  ): Promise<boolean> {
    const { signal, topic, group, handle, bury, logger } = this.options;
    const ended = AbortSignal.any([signal, lost]);
    const read = messages.map((message) => readMessage(message, source));
    let poison = read.flatMap((one) => (one.type === 'poison' ? one.letter : []));
    const records = this.#unhandled(read.flatMap((one) => (one.type === 'record' ? one.record : [])));
    for (;;) {
      try {
        await bury(poison, ended);
        poison = [];
        if (records.length > 0) await handle(records, ended);
        for (const { id } of records) this.#handled.add(id);
        return true;
      } catch (error) {
        if (this.#isEnded()) return false;
        leaving.throwIfAborted();
        const place = records[0]?.place ?? poison[0]?.place;
        logger.warn({ error, topic, group, place }, 'records were not processed; again after a pause');
        await this.#backOff(AbortSignal.any([signal, leaving]));
        if (this.#isEnded()) return false;
        leaving.throwIfAborted();
      }
    }
  }

  #unhandled(records: readonly DeliveredRecord[]): DeliveredRecord[] {
    const first = new Map<string, DeliveredRecord>();
    for (const record of records)
      if (!this.#handled.has(record.id) && !first.has(record.id)) first.set(record.id, record);
    return [...first.values()];
  }

  #isEnded(): boolean {
    return this.options.signal.aborted;
  }

  /** Ends early when the signal aborts. */
  async #backOff(signal: AbortSignal): Promise<void> {
    await pause(this.#waitMs, undefined, { signal }).catch(() => undefined);
    this.#waitMs = Math.min(2 * this.#waitMs, MOST_WAIT_MS);
  }
}

async function untilEither(...signals: readonly AbortSignal[]): Promise<void> {
  const ended = new AbortController();
  await new Promise<void>((resolve) => {
    if (signals.some(({ aborted }) => aborted)) resolve();
    for (const signal of signals)
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { signal: ended.signal },
      );
  });
  ended.abort();
}

function* chunksOf(messages: readonly KafkaMessage[]): Generator<KafkaMessage[]> {
  let chunk: KafkaMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    chunk.push(message);
    bytes += message.value?.length ?? 0;
    if (chunk.length < BATCH_RECORDS && bytes < BATCH_BYTES) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}
