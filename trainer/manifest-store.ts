/**
 * The chain of manifests: what each checkpoint was trained on. A manifest and the dispositions that it brings are one transaction, so that
 * an offset is accounted for exactly when its effect is in the weights that the manifest names.
 */
import type { Database, Queryable } from '../src/db.js';
import type { JsonObject, VersionName } from '../src/types.js';
import type { SamplingState } from './groups.js';
import { changeTables } from './training-tables.js';

export interface NewManifest {
  readonly seq: number;
  readonly adapterSha256: string;
  /** After the step. */
  readonly sampling: SamplingState;
  readonly oracleVersions: Readonly<Record<string, string>>;
  readonly configHash: string;
  /** What the step has measured; null for the first of a chain. */
  readonly report: JsonObject | null;
  readonly folder: string;
}

export interface Manifest extends NewManifest {
  readonly parentSeq: number | null;
  /** By partition of the log, the last position up to which all records of the pool have their disposition. */
  readonly offsets: Readonly<Record<string, number>>;
  /** Null unless the weights were published. */
  readonly version: VersionName | null;
}

export interface ManifestStore {
  last(): Promise<Manifest | null>;
  /** Oldest first. */
  list(): Promise<readonly Manifest[]>;
  /** Verdicts that have not become dispositions yet. */
  openVerdicts(): Promise<number>;
  /** `revision`: of the rows that the weights were computed from. @returns `changed` where an erasure came between, and nothing is written. */
  commit(manifest: NewManifest, revision: number): Promise<'committed' | 'changed'>;
  setVersion(seq: number, version: VersionName): Promise<void>;
}

const COLUMNS = `seq, parent_seq AS "parentSeq", offsets, adapter_sha256 AS "adapterSha256", sampling,
  oracle_versions AS "oracleVersions", config_hash AS "configHash", report, folder, version`;

type ManifestRow = Omit<Manifest, 'seq' | 'parentSeq'> & { readonly seq: string; readonly parentSeq: string | null };

export function createManifestStore(database: Database, pool: string): ManifestStore {
  const read = async (rest: string): Promise<readonly Manifest[]> => {
    const rows = await database.query<ManifestRow>(
      `SELECT ${COLUMNS} FROM training_manifests WHERE pool = $1 ORDER BY ${rest}`,
      [pool],
    );
    return rows.map(({ seq, parentSeq, ...row }) => ({
      ...row,
      seq: Number(seq),
      parentSeq: parentSeq === null ? null : Number(parentSeq),
    }));
  };
  return {
    last: async () => (await read('seq DESC LIMIT 1'))[0] ?? null,
    list: () => read('seq'),
    openVerdicts: async () => {
      const [row] = await database.query<{ count: string }>(
        'SELECT count(*) FROM training_intake WHERE pool = $1 AND disposition IS NULL AND verdict IS NOT NULL',
        [pool],
      );
      return Number(row?.count);
    },
    commit: (manifest, revision) => changeTables(database, (client) => commit(client, pool, { manifest, revision })),
    setVersion: async (seq, version) => {
      await database.query('UPDATE training_manifests SET version = $3 WHERE pool = $1 AND seq = $2', [
        pool,
        seq,
        version,
      ]);
    },
  };
}

interface Commit {
  readonly manifest: NewManifest;
  readonly revision: number;
}

async function commit(
  client: Queryable,
  pool: string,
  { manifest, revision }: Commit,
): Promise<'committed' | 'changed'> {
  const { seq } = manifest;
  if (seq > 0) {
    const [step] = await client.query<{ revision: number }>(
      'SELECT revision FROM training_steps WHERE pool = $1 AND seq = $2',
      [pool, seq],
    );
    if (step?.revision !== revision) return 'changed';
  }
  await client.query(
    `INSERT INTO training_manifests
       (pool, seq, parent_seq, offsets, adapter_sha256, sampling, oracle_versions, config_hash, report, folder)
     VALUES ($1, $2, $3, '{}', $4, $5, $6, $7, $8, $9)`,
    [
      pool,
      seq,
      seq === 0 ? null : seq - 1,
      manifest.adapterSha256,
      JSON.stringify(manifest.sampling),
      JSON.stringify(manifest.oracleVersions),
      manifest.configHash,
      manifest.report === null ? null : JSON.stringify(manifest.report),
      manifest.folder,
    ],
  );
  await client.query(
    `UPDATE training_intake SET disposition = coalesce(verdict, 'trained'), manifest_seq = $2, prompt = NULL
      WHERE pool = $1 AND disposition IS NULL
        AND (verdict IS NOT NULL OR place IN (SELECT place FROM training_groups WHERE pool = $1 AND seq = $2))`,
    [pool, seq],
  );
  await client.query(
    `UPDATE training_manifests SET offsets = coalesce((
       SELECT json_object_agg(log_partition, accounted) FROM (
         SELECT log_partition, coalesce(
             (SELECT min(position) - 1 FROM training_intake o
               WHERE o.pool = $1 AND o.log_partition = p.log_partition AND o.disposition IS NULL),
             (SELECT max(position) FROM training_intake o WHERE o.pool = $1 AND o.log_partition = p.log_partition)) AS accounted
           FROM (SELECT DISTINCT log_partition FROM training_intake WHERE pool = $1) AS p) AS places), '{}')
      WHERE pool = $1 AND seq = $2`,
    [pool, seq],
  );
  return 'committed';
}

/** What an erased interaction has gone into. */
export interface TrainedManifest {
  readonly pool: string;
  readonly seq: string;
}

/**
 * Takes interactions out of the trainer's tables, whether they wait, are being trained on or were: their prompts, and the rollouts, whose
 * tokens hold the prompts. A step that is under way goes on without them.
 * @returns the manifests that were trained on them: these weights and all that follow them in the pool have seen them.
 */
export async function eraseFromTraining(
  database: Database,
  interactionIds: readonly string[],
): Promise<readonly TrainedManifest[]> {
  return changeTables(database, async (client) => {
    await client.query(
      'INSERT INTO erasures (interaction_id) SELECT DISTINCT unnest($1::uuid[]) ON CONFLICT DO NOTHING',
      [interactionIds],
    );
    // A step that has read its rows must read them again.
    await client.query(
      `UPDATE training_steps s SET revision = revision + 1 WHERE (pool, seq) IN (
         SELECT g.pool, g.seq FROM training_groups g JOIN training_intake i USING (place) WHERE i.interaction_id = ANY($1::uuid[]))`,
      [interactionIds],
    );
    const places = await client.query<{ place: string }>(
      `UPDATE training_intake SET prompt = NULL, verdict = CASE WHEN disposition IS NULL THEN coalesce(verdict, 'erased') ELSE verdict END
        WHERE interaction_id = ANY($1::uuid[]) RETURNING place`,
      [interactionIds],
    );
    const erased = [places.map(({ place }) => place)];
    await client.query(
      `DELETE FROM training_rollouts r USING training_groups g
        WHERE g.place = ANY($1) AND (r.pool, r.seq, r.number) = (g.pool, g.seq, g.number)`,
      erased,
    );
    await client.query(
      `UPDATE training_groups SET outcome = 'erased', prompt_ids = NULL WHERE place = ANY($1)`,
      erased,
    );
    return client.query<TrainedManifest>(
      `SELECT DISTINCT pool, manifest_seq AS seq FROM training_intake WHERE place = ANY($1) AND disposition = 'trained'`,
      erased,
    );
  });
}

/** Published weights that come from these manifests or from later ones of their pools, oldest first. */
export async function versionsTrainedOn(
  database: Database,
  manifests: readonly TrainedManifest[],
): Promise<readonly VersionName[]> {
  const rows = await database.query<{ version: VersionName }>(
    `SELECT m.version FROM training_manifests m JOIN unnest($1::text[], $2::bigint[]) AS t (pool, seq) ON m.pool = t.pool AND m.seq >= t.seq
      WHERE m.version IS NOT NULL GROUP BY m.version ORDER BY min(m.committed_at)`,
    [manifests.map(({ pool }) => pool), manifests.map(({ seq }) => seq)],
  );
  return rows.map(({ version }) => version);
}
