/**
 * Erases what one user of a tenant said up to a moment. The tombstone comes first: from then on the scorer drops what is still on its way.
 * Then batch by batch, and whatever is left after a crash is found again, since an interaction goes last.
 */
import { createHash } from 'node:crypto';
import type { Database, Queryable } from '../db.js';
import { eraseFromLog } from '../events/erased.js';
import { TOPICS } from '../events/event-log.js';
import { jsonObject, shape, uuid } from '../events/read.js';
import type { JsonObject } from '../types.js';

export interface UserName {
  readonly tenant: string;
  readonly user: string;
}

/** Rows that went. */
export interface ErasedCounts {
  readonly interactions: number;
  readonly rewards: number;
  readonly feedback: number;
  /** Records of the event log whose content went, dead letters among them. */
  readonly logRecords: number;
}

interface EraseOptions {
  readonly database: Database;
  readonly name: UserName;
  /** Erased is what was asked up to here. */
  readonly until: Date;
  readonly signal: AbortSignal;
  /** Takes interactions out of the trainer's tables; called before they go themselves. */
  readonly eraseFromTraining: (interactionIds: readonly string[]) => Promise<void>;
}

/** Interactions of one transaction. */
const BATCH = 500;

/** What stands for the user in tombstones and in the audit trail, 32 bytes. */
export const userDigest = ({ tenant, user }: UserName): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([tenant, user]))
    .digest();

/** Whoever saves an interaction of the user holds the lock shared, so none slips in behind an erasure that has begun. */
async function lockUser(client: Queryable, digest: Buffer, mode: 'shared' | 'alone'): Promise<void> {
  const name = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await client.query(`select ${name}($1)`, [digest.readBigInt64BE().toString()]);
}

/** Whether this is to be dropped. Holds until the transaction ends. */
export async function isErased(client: Queryable, name: UserName, ts: string): Promise<boolean> {
  const digest = userDigest(name);
  await lockUser(client, digest, 'shared');
  const rows = await client.query('select from erased_users where digest = $1 and erased_at >= $2', [digest, ts]);
  return rows.length > 0;
}

/** How many interactions of the user there are. */
export async function countInteractions(database: Database, { tenant, user }: UserName): Promise<number> {
  const [row] = await database.query<{ count: string }>(
    'select count(*) from interactions where tenant = $1 and end_user = $2',
    [tenant, user],
  );
  return Number(row?.count ?? 0);
}

/** Idempotent. Rejects with the signal's reason when it aborts; run again, it goes on. */
export async function eraseUser(options: EraseOptions): Promise<ErasedCounts> {
  const { database, name, until, signal, eraseFromTraining } = options;
  await database.transaction(async (client) => {
    const digest = userDigest(name);
    await lockUser(client, digest, 'alone');
    await client.query(
      `insert into erased_users (digest, erased_at) values ($1, $2)
       on conflict (digest) do update set erased_at = greatest(erased_users.erased_at, excluded.erased_at)`,
      [digest, until],
    );
  });
  let counts: ErasedCounts = { interactions: 0, rewards: 0, feedback: 0, logRecords: await eraseDeadLetters(options) };
  for (;;) {
    signal.throwIfAborted();
    const rows = await database.query<{ id: string }>(
      'select id from interactions where tenant = $1 and end_user = $2 and ts <= $3 order by ts limit $4',
      [name.tenant, name.user, until, BATCH],
    );
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return counts;
    await eraseFromTraining(ids);
    const batch = await database.transaction((client) => eraseInteractions(client, ids));
    counts = {
      interactions: counts.interactions + batch.interactions,
      rewards: counts.rewards + batch.rewards,
      feedback: counts.feedback + batch.feedback,
      logRecords: counts.logRecords + batch.logRecords,
    };
  }
}

/** Rows of the index, and their records in the log; what comes late of them is known by its id. */
export async function eraseInteractions(client: Queryable, ids: readonly string[]): Promise<ErasedCounts> {
  // Nobody who saves a reward or feedback of them is between his look and his row.
  await client.query(
    `select pg_advisory_xact_lock(hashtextextended('interaction ' || id, 0)) from unnest($1::text[]) as id`,
    [[...ids].sort()],
  );
  await client.query('insert into erasures (interaction_id) select unnest($1::uuid[]) on conflict do nothing', [ids]);
  const feedback = await client.query<{ event_id: string }>(
    'delete from feedback where interaction_id = any($1::uuid[]) returning event_id',
    [ids],
  );
  const rewards = await client.query<{ event_id: string }>(
    'delete from rewards where interaction_id = any($1::uuid[]) returning event_id',
    [ids],
  );
  const interactions = await client.query('delete from interactions where id = any($1::uuid[]) returning 1', [ids]);
  const events = (rows: readonly { event_id: string }[]) => rows.map((row) => row.event_id);
  return {
    interactions: interactions.length,
    rewards: rewards.length,
    feedback: feedback.length,
    logRecords:
      (await eraseFromLog(client, TOPICS.interactions, ids)) +
      (await eraseFromLog(client, TOPICS.rewards, events(rewards))) +
      (await eraseFromLog(client, TOPICS.feedback, events(feedback))),
  };
}

/** Records at fault are in no index. They are few, and each holds its bytes. */
async function eraseDeadLetters({ database, name, until, signal }: EraseOptions): Promise<number> {
  let erased = 0;
  for (let position = '0'; ; ) {
    signal.throwIfAborted();
    const rows = await database.query<{ position: string; event_id: string; value: { bytes?: unknown } }>(
      'select position, event_id, value from event_log where topic = $1 and position > $2 order by position limit 50',
      [TOPICS.deadLetters, position],
    );
    const last = rows.at(-1);
    if (last === undefined) return erased;
    position = last.position;
    for (const { event_id: letter, value } of rows) {
      const record = recordIn(value.bytes, name, until);
      if (record === null) continue;
      erased += await eraseFromLog(database, TOPICS.deadLetters, [letter]);
      for (const topic of [TOPICS.interactions, TOPICS.feedback])
        erased += await eraseFromLog(database, topic, [record]);
    }
  }
}

const readRecord = shape<{ id: string; value: JsonObject }>({ id: uuid, value: jsonObject });

/** The id of the record that the letter holds, when it is of the user. */
function recordIn(bytes: unknown, { tenant, user }: UserName, until: Date): string | null {
  if (typeof bytes !== 'string') return null;
  try {
    const record: unknown = JSON.parse(Buffer.from(bytes, 'base64').toString());
    const { id, value } = readRecord(record, '');
    const isTheirs = value['tenant'] === tenant && value['user'] === user;
    const at = typeof value['ts'] === 'string' ? Date.parse(value['ts']) : Number.NaN;
    return isTheirs && !(at > until.getTime()) ? id : null;
  } catch {
    return null;
  }
}
