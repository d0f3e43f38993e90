/** What the trainer's tables have in common. */
import type { Database, Queryable } from '../src/db.js';

/**
 * Every change of the tables is made in here, one after the other: intake, draws, commits and erasures touch the same rows, are short, and
 * must each see what the others have done.
 */
export function changeTables<Result>(
  database: Database,
  work: (client: Queryable) => Promise<Result>,
): Promise<Result> {
  return database.transaction(async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('purpgate.training'))`);
    return work(client);
  });
}
