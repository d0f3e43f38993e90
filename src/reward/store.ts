/** The index of interactions, rewards and feedback in Postgres. Everything may be written any number of times. */
import type { Database, Queryable } from '../db.js';
import type {
  Evidence,
  FeedbackEvent,
  InteractionEvent,
  RewardComponents,
  RewardRecord,
  SampleKind,
} from '../events/interaction.js';
import { rewardEventId, type ScoredChoice } from './reward-event.js';

export interface SavedChoice extends ScoredChoice {
  /** Whether this call wrote it, or it stood there before. */
  readonly saved: 'now' | 'before';
}

export interface RewardStore {
  /** Rewards that stand already, by interaction id. */
  find(interactionIds: readonly string[]): Promise<ReadonlyMap<string, readonly SavedChoice[]>>;
  /** The interaction and its rewards in one transaction. Gives the rewards as they stand: where there was one before, it stays. */
  saveInteraction(event: InteractionEvent, scored: readonly ScoredChoice[]): Promise<readonly SavedChoice[]>;
  /** The first feedback with its idempotency key stays. Holds no value where the interaction's owner opted out. */
  saveFeedback(event: FeedbackEvent): Promise<void>;
}

export function createRewardStore(database: Database): RewardStore {
  return {
    async find(interactionIds) {
      const rows = await database.query<StandingRow>(
        `select ${COLUMNS}, false as inserted from rewards
         where interaction_id = any($1::uuid[]) order by interaction_id, choice`,
        [interactionIds],
      );
      const found = new Map<string, SavedChoice[]>();
      for (const row of rows) {
        const choices = found.get(row.interaction_id);
        if (choices === undefined) found.set(row.interaction_id, [toSaved(row)]);
        else choices.push(toSaved(row));
      }
      return found;
    },
    saveInteraction: (event, scored) =>
      database.transaction(async (client) => {
        await lockInteraction(client, event.id);
        await upsertInteraction(client, event, scored);
        const saved: SavedChoice[] = [];
        for (const choice of scored) saved.push(await upsertReward(client, event.id, choice));
        if (event.consent === 'deny')
          await client.query('update feedback set value = null where interaction_id = $1', [event.id]);
        return saved;
      }),
    saveFeedback: (event) =>
      database.transaction(async (client) => {
        await lockInteraction(client, event.interaction_id);
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
  return scored.some(({ record }) => record.score !== null) ? 'scored' : 'unscored';
}

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
}

interface StandingRow extends RewardRow {
  readonly inserted: boolean;
}

async function upsertReward(client: Queryable, interactionId: string, scored: ScoredChoice): Promise<SavedChoice> {
  const { choice, record, scoredAt } = scored;
  // An update that changes nothing makes the row that stood before come back; xmax is 0 on a row that is new.
  const [row] = await client.query<StandingRow>(
    `insert into rewards (${COLUMNS}, event_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (interaction_id, choice) do update set choice = excluded.choice
     returning ${COLUMNS}, (xmax = 0) as inserted`,
    [
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
      rewardEventId(interactionId, choice),
    ],
  );
  if (row === undefined) throw new RangeError(`no reward row for ${interactionId}/${choice}`);
  return toSaved(row);
}

function toSaved(row: StandingRow): SavedChoice {
  return { ...fromRow(row), saved: row.inserted ? 'now' : 'before' };
}

export function fromRow(row: RewardRow): ScoredChoice {
  return {
    choice: row.choice,
    scoredAt: row.scored_at,
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
