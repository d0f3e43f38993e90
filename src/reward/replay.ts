/**
 * Scores interactions again that were scored by other oracles than those of now. Older scores stay; the newest of a choice counts.
 *
 * Per page: score ▸ one transaction per interaction ▸ append all reward events ▸ mark them as announced. What has an announced score of
 * the oracles of now is done, so a replay that ended anywhere goes on when it is run again, and two at once come to the same rows.
 */
import type { Database } from '../db.js';
import { TOPICS, type EventLog } from '../events/event-log.js';
import type { RewardEvent } from '../events/interaction.js';
import { parseInteraction } from '../events/parse-interaction.js';
import { mapLimited } from './map-limited.js';
import { buildRewardEvent, scoreChoices, toRewardRecord } from './reward-event.js';
import { FILTER, filterValues, MAY_BE_USED, type SampleFilter } from './samples.js';
import type { VersionedScorer } from './score.js';
import { createRewardStore } from './store.js';

interface ReplayOptions {
  readonly database: Database;
  readonly log: EventLog;
  readonly scorer: VersionedScorer;
  readonly filter: SampleFilter;
  readonly signal: AbortSignal;
  /** Interactions that are scored at once. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: ReplayProgress) => void;
}

export interface ReplayProgress {
  /** Interactions that are done, of `total`. */
  readonly done: number;
  readonly total: number;
  /** Choices that have a score now, and those that have none. */
  readonly scored: number;
  readonly unscored: number;
}

/** Interactions of one statement. */
const PAGE = 50;

/** Of `i`: has been scored, and not by the oracles of $6. The kind is that of any of its scores. */
const PENDING = `interactions i where ${MAY_BE_USED}
  and exists (select from rewards r where r.interaction_id = i.id and ${FILTER})
  and not exists (select from rewards r where r.interaction_id = i.id and r.oracle_versions = $6::jsonb and r.announced)`;

/** Rejects with `request_aborted` when the signal aborts, and with `database_unavailable` and the like when the stores are away. */
export async function replayScores(options: ReplayOptions): Promise<ReplayProgress> {
  const { database, log, scorer, filter, signal, concurrency = 4, onProgress } = options;
  const store = createRewardStore(database);
  const terms = [...filterValues(filter), JSON.stringify(scorer.oracleVersions)];
  const [counted] = await database.query<{ total: string }>(`select count(*) as total from ${PENDING}`, terms);
  let progress: ReplayProgress = { done: 0, total: Number(counted?.total ?? 0), scored: 0, unscored: 0 };
  for (let cursor = ['-infinity', '00000000-0000-0000-0000-000000000000']; ; ) {
    const rows = await database.query<{ id: string; at: string; event: unknown }>(
      `select i.id, i.ts::text as at, i.event from ${PENDING} and (i.ts, i.id) > ($7::timestamptz, $8::uuid)
        order by i.ts, i.id limit ${PAGE}`,
      [...terms, ...cursor],
    );
    const last = rows.at(-1);
    if (last === undefined) return progress;
    const events = (await mapLimited(rows, concurrency, (row) => scoreAgain(row.event))).flat();
    await log.append(TOPICS.rewards, events.map(toRewardRecord), signal);
    await store.markAnnounced(events.map(({ id }) => id));
    const scored = events.filter(({ score }) => score !== null).length;
    progress = {
      done: progress.done + rows.length,
      total: Math.max(progress.total, progress.done + rows.length),
      scored: progress.scored + scored,
      unscored: progress.unscored + events.length - scored,
    };
    onProgress?.(progress);
    cursor = [last.at, last.id];
  }

  async function scoreAgain(value: unknown): Promise<RewardEvent[]> {
    const event = parseInteraction(value);
    if (event.consent === 'deny') return [];
    // Saved and not announced: a replay ended in between.
    const standing = await store.findOf(event.id, scorer.oracleVersions);
    const saved =
      standing.length > 0 ? standing : await store.saveAgain(event.id, await scoreChoices(event, scorer, signal));
    return saved.map((choice) => buildRewardEvent(event, choice));
  }
}
