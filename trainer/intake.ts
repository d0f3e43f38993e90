/**
 * Takes scored samples from the reward log into the trainer's own table, and says at once of which it is clear that they will not be
 * trained on. The group's place in the log tells what is in the table; a record that is there is not lost any more, and is known again by its
 * place when it is delivered again. What has become of it is told by its disposition, which comes with a manifest alone
 * (manifest-store.ts): the offsets that count are those in the manifests.
 */
import type { Database, Queryable } from '../src/db.js';
import { PurpgateError } from '../src/errors.js';
import { isErasedRecord } from '../src/events/erased.js';
import { TOPICS, type DeliveredRecord, type EventLog } from '../src/events/event-log.js';
import { SAMPLE_KINDS, type RewardEvent, type SampleKind } from '../src/events/interaction.js';
import { nullable, number, oneOf, shape, text, timestamp, uuid } from '../src/events/read.js';
import { messagesOf, promptDigest } from './prompts.js';
import { changeTables } from './training-tables.js';

const DAY_MS = 86_400_000;

/** Why a sample is not trained on. */
export type Verdict = 'duplicate' | 'opted-out' | 'capped' | 'unscored' | 'expired' | 'erased';

export interface IntakeSettings {
  /** Kinds that are trained on; samples of others count as unscored. */
  readonly kinds: readonly SampleKind[];
  /** A prompt that came within so many days before is a duplicate. */
  readonly duplicateDays: number;
  /** Samples that are older expire. */
  readonly expiryDays: number;
  /** Prompts of a kind and pool that may wait. */
  readonly waitingPerKind: number;
  /** Of those, from one key, or from one tenant where the key is not known. */
  readonly waitingPerSource: number;
}

export const INTAKE_DEFAULTS: IntakeSettings = {
  kinds: SAMPLE_KINDS,
  duplicateDays: 7,
  expiryDays: 30,
  waitingPerKind: 5000,
  waitingPerSource: 1000,
};

export const GROUP = 'trainer';

interface IntakeOptions {
  readonly database: Database;
  readonly log: EventLog;
  readonly settings: IntakeSettings;
  /** Which accounts for records that do not say theirs. */
  readonly pool: string;
  readonly now?: () => number;
}

export interface Intake {
  /** Resolves after `stop`. */
  readonly done: Promise<void>;
  /** Whether all of the log has been taken in. */
  isDrained(): Promise<boolean>;
  /** Idempotent; waits for what is being taken in. */
  stop(): Promise<void>;
}

export function startIntake({ database, log, settings, pool, now = Date.now }: IntakeOptions): Intake {
  const stopping = new AbortController();
  const done = log.consume({
    topic: TOPICS.rewards,
    group: GROUP,
    signal: stopping.signal,
    handle: (records) => takeIn(database, records, { settings, pool, now: now() }),
  });
  // Told by `done` and by `stop`, when they are asked.
  done.catch(() => undefined);
  return {
    done,
    isDrained: async () => (await log.lag(TOPICS.rewards, GROUP)) === 0,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** What the trainer needs of a reward event. */
type Scored = Pick<RewardEvent, 'interaction_id' | 'ts' | 'tenant' | 'pool' | 'kind' | 'score'>;

const readScored = shape<Scored>({
  interaction_id: uuid,
  ts: timestamp,
  tenant: text,
  pool: text,
  kind: oneOf(...SAMPLE_KINDS),
  score: nullable(number),
});

interface Row {
  readonly record: DeliveredRecord;
  /** Null for a record that is no reward event. */
  readonly event: Scored | null;
  readonly pool: string;
  readonly digest: string | null;
  source: string;
  verdict: Verdict | null;
}

interface Terms extends Pick<IntakeOptions, 'settings' | 'pool'> {
  readonly now: number;
}

async function takeIn(database: Database, records: readonly DeliveredRecord[], terms: Terms): Promise<void> {
  await changeTables(database, async (client) => {
    const rows = await withoutKnown(
      client,
      records.map((record) => readRow(record, terms.pool)),
    );
    await supersede(client, rows);
    await judge(client, rows, terms);
    await insert(client, rows);
  });
}

function readRow(record: DeliveredRecord, ownPool: string): Row {
  try {
    const event = readScored(record.value, '');
    const pool = storable(event.pool);
    try {
      const digest = promptDigest(messagesOf(record.value['prompt']));
      return { record, event, pool, digest, source: storable(event.tenant), verdict: null };
    } catch (thrown) {
      if (!isInvalid(thrown)) throw thrown;
      return { record, event, pool, digest: null, source: storable(event.tenant), verdict: 'unscored' };
    }
  } catch (thrown) {
    if (!isInvalid(thrown)) throw thrown;
    const { pool } = record.value;
    const given = typeof pool === 'string' ? storable(pool) : ownPool;
    const verdict = isErasedRecord(record.value) ? 'erased' : 'unscored';
    return { record, event: null, pool: given, digest: null, source: '', verdict };
  }
}

const isInvalid = (thrown: unknown): boolean => thrown instanceof PurpgateError && thrown.code === 'event_invalid';

/** Postgres text cannot hold U+0000. */
const storable = (name: string): string => name.replaceAll('\0', '\uFFFD');

/** Delivered again means known already; a log that was appended to twice has one event at two places. */
async function withoutKnown(client: Queryable, rows: readonly Row[]): Promise<readonly Row[]> {
  const known = await client.query<{ place: string; event_id: string }>(
    'SELECT place, event_id FROM training_intake WHERE place = ANY($1) OR event_id = ANY($2::uuid[])',
    [rows.map(({ record }) => record.place), rows.map(({ record }) => record.id)],
  );
  const places = new Set(known.map(({ place }) => place));
  const events = new Set(known.map(({ event_id: id }) => id));
  const fresh = rows.filter(({ record }) => !places.has(record.place));
  for (const row of fresh) {
    if (events.has(row.record.id)) row.verdict ??= 'duplicate';
    events.add(row.record.id);
  }
  return fresh;
}

/**
 * Of a choice that was scored again (`purpgate score --replay`) the newest score counts: one that waits is a duplicate of it. What is drawn
 * or has its disposition stays, and the newer one is the duplicate.
 */
async function supersede(client: Queryable, rows: readonly Row[]): Promise<void> {
  const older = await client.query<{ id: string }>(
    `SELECT DISTINCT older.event_id AS id FROM rewards newer
       JOIN rewards older ON (older.interaction_id, older.choice) = (newer.interaction_id, newer.choice) AND older.scored_at < newer.scored_at
      WHERE newer.event_id = ANY($1::uuid[])`,
    [rows.map(({ record }) => record.id)],
  );
  const ids = new Set(older.map(({ id }) => id));
  for (const row of rows) if (ids.has(row.record.id)) row.verdict ??= 'duplicate';
  await client.query(
    `UPDATE training_intake SET verdict = 'duplicate', prompt = NULL
      WHERE event_id = ANY($1::uuid[]) AND verdict IS NULL AND NOT drawn`,
    [[...ids]],
  );
}

interface Waiting {
  readonly pool: string;
  readonly kind: SampleKind;
  readonly source: string;
  readonly waiting: string;
}

/** Gives each row its verdict, in the order of the log. */
async function judge(client: Queryable, rows: readonly Row[], { settings, now }: Terms): Promise<void> {
  const withheld = await findWithheld(client, rows);
  const seen = await findSeen(client, rows);
  const waiting = new Map<string, number>();
  const count = (key: string, by: number): void => void waiting.set(key, (waiting.get(key) ?? 0) + by);
  for (const { pool, kind, source, waiting: number } of await client.query<Waiting>(
    `SELECT pool, kind, source, count(*) AS waiting FROM training_intake
      WHERE verdict IS NULL AND NOT drawn GROUP BY pool, kind, source`,
  )) {
    count(keyOf(pool, kind), Number(number));
    count(keyOf(pool, kind, source), Number(number));
  }
  for (const row of rows) {
    const { event, pool, digest } = row;
    if (event === null) continue;
    row.source = withheld.keys.get(event.interaction_id) ?? row.source;
    const taken = { at: Date.parse(event.ts), digest: keyOf(pool, digest ?? '') };
    const seenAt = seen.get(taken.digest);
    const { duplicateDays, expiryDays, waitingPerKind, waitingPerSource } = settings;
    const all = keyOf(pool, event.kind);
    const own = keyOf(pool, event.kind, row.source);
    row.verdict =
      withheld.verdicts.get(event.interaction_id) ??
      row.verdict ??
      (event.score === null || !settings.kinds.includes(event.kind) ? 'unscored' : null) ??
      (taken.at < now - expiryDays * DAY_MS ? 'expired' : null) ??
      (seenAt !== undefined && Math.abs(taken.at - seenAt) <= duplicateDays * DAY_MS ? 'duplicate' : null) ??
      ((waiting.get(all) ?? 0) >= waitingPerKind || (waiting.get(own) ?? 0) >= waitingPerSource ? 'capped' : null);
    if (row.verdict !== null) continue;
    seen.set(taken.digest, taken.at);
    count(all, 1);
    count(own, 1);
  }
}

const keyOf = (...names: readonly string[]): string => JSON.stringify(names);

/** Interactions that were erased, or whose owner has opted out since, and by which key each came. */
async function findWithheld(client: Queryable, rows: readonly Row[]) {
  const found = await client.query<{ id: string; key_id: string | null; verdict: Verdict | null }>(
    `SELECT given.id, i.key_id,
            CASE WHEN e.interaction_id IS NOT NULL THEN 'erased'
                 WHEN i.consent = 'deny' OR k.training = 'deny' THEN 'opted-out' END AS verdict
       FROM unnest($1::uuid[]) AS given (id)
       LEFT JOIN erasures e ON e.interaction_id = given.id
       LEFT JOIN interactions i ON i.id = given.id
       LEFT JOIN api_keys k ON k.id = i.key_id`,
    [rows.flatMap(({ event }) => event?.interaction_id ?? [])],
  );
  return {
    verdicts: new Map(found.flatMap(({ id, verdict }) => (verdict === null ? [] : [[id, verdict] as const]))),
    keys: new Map(found.flatMap(({ id, key_id: key }) => (key === null ? [] : [[id, key] as const]))),
  };
}

/** When the prompts were last taken. */
async function findSeen(client: Queryable, rows: readonly Row[]): Promise<Map<string, number>> {
  const found = await client.query<{ pool: string; digest: string; ts: Date }>(
    `SELECT pool, digest, max(ts) AS ts FROM training_intake
      WHERE verdict IS NULL AND digest = ANY($1) GROUP BY pool, digest`,
    [rows.flatMap(({ digest }) => digest ?? [])],
  );
  return new Map(found.map(({ pool, digest, ts }) => [keyOf(pool, digest), ts.getTime()]));
}

async function insert(client: Queryable, rows: readonly Row[]): Promise<void> {
  const column = (value: (row: Row) => unknown): unknown[] => rows.map(value);
  await client.query(
    `INSERT INTO training_intake
       (place, log_partition, position, event_id, interaction_id, pool, kind, source, digest, ts, prompt, verdict)
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[],
       $9::text[], $10::timestamptz[], $11::json[], $12::text[])`,
    [
      column(({ record }) => record.place),
      column(({ record }) => record.place.slice(0, record.place.lastIndexOf('/'))),
      column(({ record }) => record.place.slice(record.place.lastIndexOf('/') + 1)),
      column(({ record }) => record.id),
      column(({ event }) => event?.interaction_id ?? null),
      column(({ pool }) => pool),
      column(({ event }) => event?.kind ?? null),
      column(({ source }) => source),
      column(({ digest }) => digest),
      column(({ event }) => event?.ts ?? null),
      // What will not be trained on is not kept.
      column(({ record, verdict }) => (verdict === null ? JSON.stringify(record.value['prompt']) : null)),
      column(({ verdict }) => verdict),
    ],
  );
}
