/** A log and a database that fail where a test says: for what must survive a crash between any two steps. */
import assert from 'node:assert/strict';
import type { Database } from '../../src/db.js';
import { PurpgateError } from '../../src/errors.js';
import type { ConsumeOptions, EventLog, LogRecord, Topic } from '../../src/events/event-log.js';

/** Strikes before or after a step took effect; `after` is an answer that never came. */
export type Fault = 'none' | 'before' | 'after';

/** Delivers what it is given until it is handled, and keeps what is appended; faults strike from the end of the list. */
export class ReplayLog implements EventLog {
  readonly appended: { topic: Topic; record: LogRecord }[] = [];
  deliveries = 0;

  constructor(
    private readonly records: Partial<Record<Topic, readonly LogRecord[]>>,
    private readonly options: { readonly faults?: Fault[]; readonly deliverAgain?: number } = {},
  ) {}

  append(topic: Topic, records: readonly LogRecord[]): Promise<void> {
    const fault = this.options.faults?.pop() ?? 'none';
    if (fault !== 'before') for (const record of records) this.appended.push({ topic, record });
    return fault === 'none' ? Promise.resolve() : Promise.reject(new PurpgateError('database_unavailable'));
  }

  async consume({ topic, handle, signal }: ConsumeOptions): Promise<void> {
    const records = (this.records[topic] ?? []).map((record, index) => ({ ...record, place: `${topic}/0/${index}` }));
    let left = records.length === 0 ? 0 : 1 + (this.options.deliverAgain ?? 0);
    while (left > 0 && !signal.aborted) {
      this.deliveries += 1;
      try {
        await handle(records, signal);
        left -= 1;
      } catch (thrown) {
        assert.ok(thrown instanceof PurpgateError && thrown.code === 'database_unavailable', String(thrown));
      }
    }
  }

  lag = (): Promise<number> => Promise.resolve(0);
  stop = (): Promise<void> => Promise.resolve();

  of(topic: Topic): LogRecord[] {
    return this.appended.filter((each) => each.topic === topic).map(({ record }) => record);
  }
}

/** A database whose transactions fail as planned. */
export function withFaults(database: Database, faults: Fault[]): Database {
  return {
    ...database,
    async transaction(work) {
      const fault = faults.pop() ?? 'none';
      if (fault === 'before') throw new PurpgateError('database_unavailable');
      const result = await database.transaction(work);
      if (fault === 'after') throw new PurpgateError('database_unavailable');
      return result;
    },
  };
}
