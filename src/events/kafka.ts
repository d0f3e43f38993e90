/** The event log on Kafka: for more than one machine, or where a cluster is there already. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import type { Logger, Metrics } from '../telemetry.js';
import { deadLetterRecord, type DeadLetter } from './dead-letter.js';
import { TOPICS, type ConsumeOptions, type EventLog, type LogRecord, type Topic } from './event-log.js';
import { Appender, stopped } from './kafka/appender.js';
import { createKafka, fromKafka, groupName, type KafkaSettings, RETRY, topicName } from './kafka/connection.js';
import { GROUP_TIMING, GroupConsumer, type GroupTiming } from './kafka/consumer.js';

export interface KafkaLogOptions {
  readonly settings: KafkaSettings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly timing?: GroupTiming;
}

const LAG_MS = 10_000;
/** What runs when the log is stopped has this long, and then has its connection cut. */
const DRAIN_MS = 3_000;

/** Connects at the first use. @throws PurpgateError `setting_invalid` when the CA file cannot be read. */
export function createKafkaLog(options: KafkaLogOptions): EventLog {
  return new KafkaLog(options);
}

class KafkaLog implements EventLog {
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly #kafka: Kafka;
  readonly #appender: Appender;
  #admin: Promise<Admin> | null = null;

  constructor(private readonly options: KafkaLogOptions) {
    this.#kafka = createKafka(options.settings, options.logger);
    this.#appender = new Appender(this.#kafka);
  }

  async append(topic: Topic, records: readonly LogRecord[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (records.length === 0) return;
    const name = topicName(this.options.settings, topic);
    await unlessAborted(
      this.#track(() => this.#appender.append(name, records, signal)),
      signal,
    );
  }

  consume(options: ConsumeOptions): Promise<void> {
    const { settings, logger, timing = GROUP_TIMING } = this.options;
    const signal = AbortSignal.any([options.signal, this.#stopping.signal]);
    const consumer = new GroupConsumer({
      ...options,
      signal,
      logger,
      timing,
      kafka: this.#kafka,
      topicName: topicName(settings, options.topic),
      groupName: groupName(settings, options.topic, options.group),
      bury: (letters, ended) => this.#bury(letters, ended),
    });
    return this.#track(async () => {
      await Promise.all([consumer.run(), this.#measureLag(options, signal)]);
    });
  }

  lag(topic: Topic, group: string): Promise<number> {
    return this.#track(async () => {
      const { settings } = this.options;
      const name = topicName(settings, topic);
      try {
        const admin = await (this.#admin ??= connected(this.#kafka.admin({ retry: RETRY })));
        const [ends, commits] = await Promise.all([
          admin.fetchTopicOffsets(name),
          admin.fetchOffsets({ groupId: groupName(settings, topic, group), topics: [name] }),
        ]);
        const committed = new Map(commits.flatMap(({ partitions }) => partitions.map((p) => [p.partition, p.offset])));
        // A group that has committed nothing has -1, and what retention has deleted is not waiting.
        return ends.reduce(
          (sum, { partition, low, high }) =>
            sum + Number(high) - Math.max(Number(low), Number(committed.get(partition) ?? -1)),
          0,
        );
      } catch (thrown) {
        await this.#closeAdmin();
        throw fromKafka(thrown);
      }
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const ended = Promise.allSettled(this.#running);
    const drained = new AbortController();
    await Promise.race([ended, pause(DRAIN_MS, undefined, { signal: drained.signal }).catch(() => undefined)]);
    drained.abort();
    await this.#appender.close().catch(() => undefined);
    await ended;
    await this.#closeAdmin();
  }

  async #bury(letters: readonly DeadLetter[], signal: AbortSignal): Promise<void> {
    if (letters.length === 0) return;
    // Not `append`: a stopping log still has to put aside what the running delivery found.
    await this.#appender.append(
      topicName(this.options.settings, TOPICS.deadLetters),
      letters.map(deadLetterRecord),
      signal,
    );
    const { metrics, logger } = this.options;
    for (const { place, reason } of letters) {
      metrics.deadLetters.inc({ place: 'event log' });
      logger.warn({ place, reason }, 'a message is no record and was put aside as a dead letter');
    }
  }

  async #measureLag({ topic, group }: ConsumeOptions, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // In an outage the last value stands; the consumer tells of it.
      const lag = await this.lag(topic, group).catch(() => null);
      if (lag !== null) this.options.metrics.logLag.set({ topic, group }, lag);
      await pause(LAG_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #closeAdmin(): Promise<void> {
    const admin = this.#admin;
    this.#admin = null;
    await admin?.then((one) => one.disconnect()).catch(() => undefined);
  }

  #track<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#stopping.signal.aborted) return Promise.reject(stopped());
    const running = work().finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }
}

async function connected(admin: Admin): Promise<Admin> {
  try {
    await admin.connect();
  } catch (thrown) {
    await admin.disconnect().catch(() => undefined);
    throw thrown;
  }
  return admin;
}

/** Rejects when the signal aborts first; the work goes on. */
async function unlessAborted<Result>(work: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  if (signal === undefined) return work;
  const done = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(stopped());
      },
      { once: true, signal: done.signal },
    );
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    done.abort();
    work.catch(() => undefined);
  }
}
