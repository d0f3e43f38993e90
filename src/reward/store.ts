/** The index of interactions, rewards and feedback in Postgres. Everything may be written any number of times. */
import type { Database, Queryable } from '../db.js';
import { eraseFromLog } from '../events/erased.js';
import { TOPICS } from '../events/event-log.js';
import type {
  Evidence,
  FeedbackEvent,
  InteractionEvent,
  RewardComponents,
  RewardRecord,
  SampleKind,
} from '../events/interaction.js';
import { eraseInteractions, isErased } from './erasure.js';
import { rewardEventId, type ScoredChoice } from './reward-event.js';

export interface SavedChoice extends ScoredChoice {
  /** Whether this call wrote it, or it stood there before. */
  readonly saved: 'now' | 'before';
}

export interface RewardStore {
  /** Rewards that stand already, by interaction id: of each choice the newest. */
  find(interactionIds: readonly string[]): Promise<ReadonlyMap<string, readonly SavedChoice[]>>;
  /**
   * The interaction and its rewards in one transaction. Gives the rewards as they stand: where there was one before, it stays. Of a user who
   * was erased nothing is saved, and nothing given.
   */
  saveInteraction(event: InteractionEvent, scored: readonly ScoredChoice[]): Promise<readonly SavedChoice[]>;
  /** Rewards of exactly these oracles. */
  findOf(interactionId: string, oracles: RewardRecord['oracle_versions']): Promise<readonly SavedChoice[]>;
  /**
   * Rewards of other oracles, beside those that stand; each becomes the newest of its choice. Gives them as they stand: where there was
   * one of the same oracles before, it stays. Empty for an interaction that was erased meanwhile.
   */
  saveAgain(interactionId: string, scored: readonly ScoredChoice[]): Promise<readonly SavedChoice[]>;
  /** The events of these rewards are in the log. */
  markAnnounced(eventIds: readonly string[]): Promise<void>;
  /** The first feedback with its idempotency key stays. Holds no value where the interaction's owner opted out. None of what was erased. */
  saveFeedback(event: FeedbackEvent): Promise<void>;
}

export function createRewardStore(database: Database): RewardStore {
  return {
    async find(interactionIds) {
      const rows = await database.query<RewardRow>(
        `select distinct on (interaction_id, choice) ${COLUMNS} from rewards
         where interaction_id = any($1::uuid[]) order by interaction_id, choice, scored_at desc, event_id`,
        [interactionIds],
      );
      const found = new Map<string, SavedChoice[]>();
      for (const row of rows) {
        const choices = found.get(row.interaction_id);
        if (choices === undefined) found.set(row.interaction_id, [before(row)]);
        else choices.push(before(row));
      }
      return found;
    },
    saveInteraction: (event, scored) =>
      database.transaction(async (client) => {
        if (event.user !== null && (await isErased(client, { tenant: event.tenant, user: event.user }, event.ts))) {
          await eraseInteractions(client, [event.id]);
          return [];
        }
        await lockInteraction(client, event.id);
        await upsertInteraction(client, event, scored);
        const saved: SavedChoice[] = [];
        for (const choice of scored) saved.push(await saveFirst(client, event.id, choice));
        if (event.consent === 'deny')
          await client.query('update feedback set value = null where interaction_id = $1', [event.id]);
        return saved;
      }),
    findOf: (interactionId, oracles) => findOf(database, interactionId, oracles),
    saveAgain: (interactionId, scored) =>
      database.transaction(async (client) => {
        await lockInteraction(client, interactionId);
        const updated = await client.query(
          'update interactions set disposition = $2 where id = $1 and consent = $3 returning id',
          [interactionId, scored.some(isScored) ? 'scored' : 'unscored', 'allow'],
        );
        const saved: SavedChoice[] = [];
        if (updated.length > 0)
          for (const choice of scored) saved.push(await saveBeside(client, interactionId, choice));
        return saved;
      }),
    async markAnnounced(eventIds) {
      await database.query('update rewards set announced = true where event_id = any($1::uuid[])', [eventIds]);
    },
    saveFeedback: (event) =>
      database.transaction(async (client) => {
        await lockInteraction(client, event.interaction_id);
        const erased = await client.query('select from erasures where interaction_id = $1', [event.interaction_id]);
        if (erased.length > 0) {
          await eraseFromLog(client, TOPICS.feedback, [event.id]);
          return;
        }
        await client.query(
          `insert into feedback (interaction_id, key_id, idempotency_key, event_id, tenant, ts, kind, value)
           values ($1, $2, $3, $4, $5, $6, $7,
             case when exists (select 1 from interactions where id = $1 and consent = 'deny') then null else $8::json end)
           on conflict (interaction_id, key_id, idempotency_key) do nothing`,
          [
            event.interaction_id,
            indexable(event.key_id),
            indexable(event.idempotency_key),
            event.id,
            indexable(event.tenant),
            event.ts,
            event.kind,
            JSON.stringify(event.value),
          ],
        );
      }),
  };
}

/** Feedback and its interaction come from two topics at once; neither may miss that the other is being written. */
async function lockInteraction(client: Queryable, id: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`interaction ${id}`]);
}

async function upsertInteraction(
  client: Queryable,
  event: InteractionEvent,
  scored: readonly ScoredChoice[],
): Promise<void> {
  await client.query(
    `insert into interactions
       (id, ts, tenant, pool, key_id, end_user, conversation_id, model, version, engine, consent, status, disposition, event)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     on conflict (id) do nothing`,
    [
      event.id,
      event.ts,
      indexable(event.tenant),
      indexable(event.pool),
      indexable(event.key_id),
      event.user === null ? null : indexable(event.user),
      indexable(event.conversation_id),
      indexable(event.model),
      event.version === null ? null : indexable(event.version),
      indexable(event.engine),
      event.consent,
      event.status,
      disposition(event, scored),
      JSON.stringify(event),
    ],
  );
}

function disposition(event: InteractionEvent, scored: readonly ScoredChoice[]): 'scored' | 'unscored' | 'opted-out' {
  if (event.consent === 'deny') return 'opted-out';
  return scored.some(isScored) ? 'scored' : 'unscored';
}

const isScored = ({ record }: ScoredChoice): boolean => record.score !== null;

/** Postgres text cannot hold U+0000, and callers choose some of these. The event itself is kept as it is. */
function indexable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

export const REWARD_COLUMNS = [
  'interaction_id',
  'choice',
  'kind',
  'kind_confidence',
  'score',
  'unscored_reason',
  'components',
  'evidence',
  'oracle_versions',
  'scored_at',
  'event_id',
] as const;
const COLUMNS = REWARD_COLUMNS.join(', ');

export interface RewardRow {
  readonly interaction_id: string;
  readonly choice: number;
  readonly kind: SampleKind;
  readonly kind_confidence: number;
  readonly score: number | null;
  readonly unscored_reason: string | null;
  readonly components: RewardComponents;
  readonly evidence: readonly Evidence[];
  readonly oracle_versions: RewardRecord['oracle_versions'];
  readonly scored_at: Date;
  readonly event_id: string;
}

const values = (interactionId: string, { choice, record, scoredAt }: ScoredChoice): readonly unknown[] => [
  interactionId,
  choice,
  record.kind,
  record.kind_confidence,
  record.score,
  record.unscored_reason,
  JSON.stringify(record.components),
  JSON.stringify(record.evidence),
  JSON.stringify(record.oracle_versions),
  scoredAt,
];

/** The caller holds the interaction's lock, so that nobody adds a row after the look. */
async function saveFirst(client: Queryable, interactionId: string, scored: ScoredChoice): Promise<SavedChoice> {
  const [row] = await client.query<RewardRow>(
    `insert into rewards (${COLUMNS})
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
      where not exists (select from rewards where interaction_id = $1::uuid and choice = $2::integer)
     returning ${COLUMNS}`,
    [...values(interactionId, scored), rewardEventId(interactionId, scored.choice)],
  );
  if (row !== undefined) return { ...fromRow(row), saved: 'now' };
  const [standing] = await client.query<RewardRow>(
    `select ${COLUMNS} from rewards where interaction_id = $1 and choice = $2 order by scored_at desc, event_id limit 1`,
    [interactionId, scored.choice],
  );
  return before(found(standing));
}

/** Later than every other of the choice, whatever the clock says. */
async function saveBeside(client: Queryable, interactionId: string, scored: ScoredChoice): Promise<SavedChoice> {
  const oracles = scored.record.oracle_versions;
  const [row] = await client.query<RewardRow>(
    `insert into rewards (${COLUMNS}, announced)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, greatest($10::timestamptz, (
         select max(scored_at) + interval '1 millisecond' from rewards where interaction_id = $1::uuid and choice = $2::integer)), $11, false
     on conflict (interaction_id, choice, oracle_versions) do nothing
     returning ${COLUMNS}`,
    [...values(interactionId, scored), rewardEventId(interactionId, scored.choice, oracles)],
  );
  if (row !== undefined) return { ...fromRow(row), saved: 'now' };
  return found((await findOf(client, interactionId, oracles)).find(({ choice }) => choice === scored.choice));
}

async function findOf(
  client: Queryable,
  interactionId: string,
  oracles: RewardRecord['oracle_versions'],
): Promise<readonly SavedChoice[]> {
  const rows = await client.query<RewardRow>(
    `select ${COLUMNS} from rewards where interaction_id = $1 and oracle_versions = $2::jsonb order by choice`,
    [interactionId, JSON.stringify(oracles)],
  );
  return rows.map(before);
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new RangeError('a reward row that stands was not found');
  return value;
}

const before = (row: RewardRow): SavedChoice => ({ ...fromRow(row), saved: 'before' });

export function fromRow(row: RewardRow): ScoredChoice {
  return {
    choice: row.choice,
    scoredAt: row.scored_at,
    eventId: row.event_id,
    record: {
      kind: row.kind,
      kind_confidence: row.kind_confidence,
      score: row.score,
      unscored_reason: row.unscored_reason,
      components: row.components,
      evidence: row.evidence,
      oracle_versions: row.oracle_versions,
    },
  };
}
