/** Reads scored samples back from Postgres, oldest interaction first, as reward events. */
import type { Database } from '../db.js';
import type { RewardEvent, SampleKind } from '../events/interaction.js';
import { parseInteraction } from '../events/parse-interaction.js';
import { buildRewardEvent } from './reward-event.js';
import { fromRow, REWARD_COLUMNS, type RewardRow } from './store.js';

export interface SampleFilter {
  /** Time of the request: from this moment on. */
  readonly since?: Date;
  /** Before this moment. */
  readonly until?: Date;
  readonly kind?: SampleKind;
  readonly pool?: string;
  readonly version?: string;
}

/** Samples of one statement: what is in memory at once. */
const PAGE_SAMPLES = 200;
/** Bytes as stored, at which a page ends; the sample that crosses it is part of it. */
const PAGE_BYTES = 4 << 20;

/**
 * What may still be used: neither erased, nor opted out with the request, nor by the key since. Of interactions `i`.
 */
export const MAY_BE_USED = `i.consent = 'allow'
  and not exists (select from erasures e where e.interaction_id = i.id)
  and not exists (select from api_keys k where k.id = i.key_id and k.training = 'deny')`;

/** Of interactions `i` and rewards `r`, with the parameters of `filterValues` from $1 on. */
export const FILTER = `($1::timestamptz is null or i.ts >= $1) and ($2::timestamptz is null or i.ts < $2)
  and ($3::text is null or r.kind = $3) and ($4::text is null or i.pool = $4) and ($5::text is null or i.version = $5)`;

export const filterValues = ({ since, until, kind, pool, version }: SampleFilter): readonly unknown[] => [
  since ?? null,
  until ?? null,
  kind ?? null,
  pool ?? null,
  version ?? null,
];

const SCORED = `interactions i join rewards r on r.interaction_id = i.id
  where r.score is not null and ${MAY_BE_USED} and ${FILTER}
    and not exists (select from rewards newer where newer.interaction_id = r.interaction_id and newer.choice = r.choice
      and newer.scored_at > r.scored_at)`;

/** How many samples `readSamples` gives. */
export async function countSamples(database: Database, filter: SampleFilter): Promise<number> {
  const [row] = await database.query<{ count: string }>(`select count(*) from ${SCORED}`, filterValues(filter));
  return Number(row?.count ?? 0);
}

/** A place in the order of `readSamples`. The time is Postgres's own text: a Date would cut its microseconds. */
type Cursor = readonly [at: string, id: string, choice: number];
const START: Cursor = ['-infinity', '00000000-0000-0000-0000-000000000000', -1];

interface SampleRow extends RewardRow {
  readonly event: unknown;
  readonly at: string;
}

/**
 * Page by page, so that memory does not grow with the number of samples. Erasure and consent are looked at with each page.
 * Rejects with the signal's reason when it aborts.
 */
export async function* readSamples(
  database: Database,
  filter: SampleFilter,
  signal: AbortSignal,
): AsyncGenerator<readonly RewardEvent[]> {
  for (let cursor: Cursor = START; ; ) {
    signal.throwIfAborted();
    const rows = await database.query<SampleRow>(
      `select * from (
         select ${REWARD_COLUMNS.map((column) => `r.${column}`).join(', ')}, i.event, i.ts::text as at,
             sum(pg_column_size(i.event)) over (order by i.ts, i.id, r.choice) - pg_column_size(i.event) as bytes_before
           from ${SCORED} and (i.ts, i.id, r.choice) > ($6::timestamptz, $7::uuid, $8::integer)
          order by i.ts, i.id, r.choice limit ${PAGE_SAMPLES}) page
        where bytes_before < ${PAGE_BYTES} order by at::timestamptz, interaction_id, choice`,
      [...filterValues(filter), ...cursor],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    cursor = [last.at, last.interaction_id, last.choice];
    yield rows.flatMap((row) => toEvent(row));
  }
}

function toEvent(row: SampleRow): RewardEvent[] {
  const interaction = parseInteraction(row.event);
  return interaction.consent === 'allow' ? [buildRewardEvent(interaction, fromRow(row))] : [];
}
