/**
 * Consumes interactions and feedback from the log, and gives each consented interaction its rewards.
 *
 * Per batch: parse ▸ score what has no reward yet ▸ one transaction per interaction ▸ append all reward events ▸ progress is committed.
 * A crash between any two of these delivers the batch again: rows that stand are read and not scored again, and their events are
 * appended again under the ids that they had, so there is one row and one event id per (interaction, choice) in the end.
 */
import { PurpgateError } from '../errors.js';
import {
  TOPICS,
  type ConsumeOptions,
  type DeliveredRecord,
  type EventLog,
  type LogRecord,
  type Topic,
} from '../events/event-log.js';
import { isErasedRecord } from '../events/erased.js';
import { deadLetterRecord } from '../events/dead-letter.js';
import type { InteractionEvent, RewardEvent } from '../events/interaction.js';
import { parseFeedback } from '../events/parse-feedback.js';
import { parseInteraction } from '../events/parse-interaction.js';
import type { Database } from '../db.js';
import type { Logger, Metrics } from '../telemetry.js';
import { mapLimited } from './map-limited.js';
import { buildRewardEvent, scoreChoices, toRewardRecord } from './reward-event.js';
import type { SampleScorer } from './score.js';
import { createRewardStore, type RewardStore, type SavedChoice } from './store.js';

export const GROUP = 'scorer';

interface ScorerOptions {
  readonly log: EventLog;
  readonly database: Database;
  readonly scorer: SampleScorer;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Interactions that are scored at once. */
  readonly concurrency?: number;
}

export interface Scorer {
  /** Resolves after `stop`; rejects when a consumer ended by itself, which only a defect makes it do. */
  readonly done: Promise<void>;
  /** Idempotent; lets the running batch be aborted or finished, and waits for it. */
  stop(): Promise<void>;
}

export function startScorer(options: ScorerOptions): Scorer {
  const { log } = options;
  const stopping = new AbortController();
  const batches = new BatchHandler(options);
  const consume = (topic: Topic, handle: ConsumeOptions['handle']): Promise<void> =>
    log.consume({
      topic,
      group: GROUP,
      signal: stopping.signal,
      handle: (records, signal) => handle(records, AbortSignal.any([signal, stopping.signal])),
    });
  const consumers = [
    consume(TOPICS.interactions, (records, signal) => batches.interactions(records, signal)),
    consume(TOPICS.feedback, (records, signal) => batches.feedback(records, signal)),
  ];
  // One that fails takes the other along, so that nothing runs on half alive.
  const done = Promise.all(consumers)
    .finally(() => {
      stopping.abort();
    })
    .then(() => undefined);
  return {
    done,
    async stop() {
      stopping.abort();
      await Promise.allSettled(consumers);
    },
  };
}

/** What became of a record: its reward events, or the reason why it cannot be processed. */
type Outcome =
  | { readonly type: 'processed'; readonly rewards: readonly RewardEvent[] }
  | { readonly type: 'rejected'; readonly record: DeliveredRecord; readonly reason: string };

class BatchHandler {
  readonly #store: RewardStore;
  readonly #options: ScorerOptions;

  constructor(options: ScorerOptions) {
    this.#options = options;
    this.#store = createRewardStore(options.database);
  }

  async interactions(records: readonly DeliveredRecord[], signal: AbortSignal): Promise<void> {
    const known = await this.#store.find(records.map(({ value }) => value['id']).filter(isUuid));
    const { concurrency = 4 } = this.#options;
    const outcomes = await mapLimited(records, concurrency, (record) =>
      this.#orRejected(record, async () => {
        const event = parseInteraction(record.value);
        const rewards = await this.#process(event, known.get(event.id), signal);
        return { type: 'processed', rewards };
      }),
    );
    const rewards = outcomes.flatMap((outcome) => (outcome.type === 'processed' ? outcome.rewards : []));
    await this.#append(TOPICS.rewards, rewards.map(toRewardRecord), signal);
    await this.#bury(TOPICS.interactions, outcomes, signal);
  }

  async feedback(records: readonly DeliveredRecord[], signal: AbortSignal): Promise<void> {
    const outcomes: Outcome[] = [];
    for (const record of records)
      outcomes.push(
        await this.#orRejected(record, async () => {
          await this.#store.saveFeedback(parseFeedback(record.value));
          return { type: 'processed', rewards: [] };
        }),
      );
    await this.#bury(TOPICS.feedback, outcomes, signal);
  }

  async #process(
    event: InteractionEvent,
    known: readonly SavedChoice[] | undefined,
    signal: AbortSignal,
  ): Promise<RewardEvent[]> {
    if (event.consent === 'deny') {
      await this.#store.saveInteraction(event, []);
      return [];
    }
    // Rewards are written with their interaction, all at once: some means all.
    const saved =
      known ?? (await this.#store.saveInteraction(event, await scoreChoices(event, this.#options.scorer, signal)));
    this.#measure(saved);
    return saved.map((choice) => buildRewardEvent(event, choice));
  }

  #measure(saved: readonly SavedChoice[]): void {
    const { scored, reward } = this.#options.metrics;
    for (const { record } of saved.filter((choice) => choice.saved === 'now')) {
      scored.inc({ kind: record.kind, outcome: record.score === null ? 'null' : 'scored' });
      if (record.score !== null) reward.observe({ kind: record.kind }, record.score);
    }
  }

  /** A record at fault is put aside, so that it does not hold up those behind it; any other failure has the batch delivered again. */
  async #orRejected(record: DeliveredRecord, work: () => Promise<Outcome>): Promise<Outcome> {
    if (isErasedRecord(record.value)) return { type: 'processed', rewards: [] };
    try {
      return await work();
    } catch (thrown) {
      const reason = faultOfRecord(thrown);
      if (reason === null) throw thrown;
      return { type: 'rejected', record, reason };
    }
  }

  async #bury(topic: Topic, outcomes: readonly Outcome[], signal: AbortSignal): Promise<void> {
    const rejected = outcomes.filter((outcome) => outcome.type === 'rejected');
    await this.#append(
      TOPICS.deadLetters,
      rejected.map(({ record, reason }) => toDeadLetter(topic, record, reason)),
      signal,
    );
    for (const { record, reason } of rejected) {
      this.#options.metrics.deadLetters.inc({ place: 'scorer' });
      this.#options.logger.warn({ place: record.place, reason }, 'a record was put aside as a dead letter');
    }
  }

  async #append(topic: Topic, records: readonly LogRecord[], signal: AbortSignal): Promise<void> {
    if (records.length > 0) await this.#options.log.append(topic, records, signal);
  }
}

/** SQLSTATE classes of statements that this data can never pass: data exceptions and integrity violations. */
const DATA_AT_FAULT = /^2[23]/;

/** Null when the record may be processed later as it is. */
function faultOfRecord(thrown: unknown): string | null {
  if (thrown instanceof PurpgateError)
    return thrown.code === 'event_invalid' || thrown.code === 'invalid_request' ? thrown.message : null;
  const state = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
  return typeof state === 'string' && DATA_AT_FAULT.test(state) ? `the database refuses it (SQLSTATE ${state})` : null;
}

/** Of somebody who opted out no text is kept, even where there should have been none. */
function toDeadLetter(topic: Topic, { id, key, place, value }: DeliveredRecord, reason: string): LogRecord {
  const kept = value['consent'] === 'deny' ? { consent: 'deny', withheld: 'the owner opted out' } : value;
  return deadLetterRecord({ topic, place, reason, record: { id, key, value: kept } });
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}
