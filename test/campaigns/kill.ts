/**
 * kill -9 of gateway, engine child and PostgreSQL in turn, under 50 concurrent requests. Afterwards: every interaction whose response was
 * acknowledged is in the database, no interaction has two reward rows for one choice, and no reward event is doubled.
 *
 *   npm run campaign:kill [-- rounds]
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, openDatabase } from '../../src/db.js';
import { createLogger } from '../../src/telemetry.js';
import { makeFolder } from '../support/folder.js';
import { KillLoad } from '../support/kill-load.js';
import {
  type StartedInstance,
  endProcess,
  engineProcess,
  postmaster,
  processesOn,
  startInstanceProcess,
} from '../support/instance.js';

const CLIENTS = 50;
const rounds = Number(process.argv[2] ?? 2);
const victims = ['gateway', 'engine', 'postgres'] as const;

/** Restarts what does not restart itself. */
async function kill(
  victim: (typeof victims)[number],
  instance: StartedInstance,
  folder: string,
): Promise<StartedInstance> {
  const pid = instance.process.pid ?? 0;
  if (victim === 'gateway') {
    await endProcess(instance.process, 'SIGKILL');
    return startInstanceProcess({ folder, environment: LIMITS });
  }
  const target = victim === 'engine' ? engineProcess(pid) : postmaster(pid);
  assert.ok(target !== null, `no process for ${victim}`);
  process.kill(target, 'SIGKILL');
  return instance;
}

const LIMITS = { REQUESTS_PER_MINUTE: '1000000', LOG_LEVEL: 'silent' };

async function count(database: Database, sql: string): Promise<number> {
  const [row] = await database.query<{ count: string }>(sql);
  return Number(row?.count ?? Number.NaN);
}

async function settled(database: Database): Promise<void> {
  for (let last = -1, stable = 0; stable < 10; ) {
    const now = await count(
      database,
      'SELECT (SELECT count(*) FROM interactions) + (SELECT count(*) FROM rewards) AS count',
    );
    stable = now === last ? stable + 1 : 0;
    last = now;
    await delay(500);
  }
}

const folder = await makeFolder();
let instance = await startInstanceProcess({ folder, environment: LIMITS });
const load = new KillLoad({ clients: CLIENTS, model: 'purpgate-nano', place: () => instance });
for (let round = 1; round <= rounds; round += 1) {
  for (const victim of victims) {
    await delay(4000);
    const before = load.acknowledged.size;
    instance = await kill(victim, instance, folder);
    // It counts only when requests are answered again.
    const deadline = Date.now() + 30_000;
    while (load.acknowledged.size < before + 5) {
      assert.ok(Date.now() < deadline, `no request was answered within 30 s after kill -9 of ${victim}`);
      await delay(100);
    }
    console.log(
      `round ${round}: kill -9 ${victim}: answered again, ${load.acknowledged.size} acknowledged, ${load.failed} failed`,
    );
  }
}
await delay(2000);
await load.stop();

const database = await openDatabase(instance.databaseUrl, createLogger('silent'));
await settled(database);
const rows = await database.query<{ id: string }>('SELECT id FROM interactions');
const known = new Set(rows.map(({ id }) => id));
const lost = [...load.acknowledged].filter((id) => !known.has(id));
const rewards = await count(database, 'SELECT count(*) FROM rewards');
const doubledRows = await count(
  database,
  'SELECT count(*) FROM (SELECT 1 FROM rewards GROUP BY interaction_id, choice HAVING count(*) > 1) AS doubled',
);
const doubledEvents = await count(
  database,
  `SELECT count(*) FROM (SELECT 1 FROM event_log WHERE topic = 'purpgate.rewards'
     GROUP BY value->>'interaction_id', value->>'choice' HAVING count(*) > 1) AS doubled`,
);
const unscored = await count(
  database,
  `SELECT count(*) FROM interactions i WHERE i.status = 'completed'
     AND NOT EXISTS (SELECT 1 FROM rewards r WHERE r.interaction_id = i.id)`,
);
const deadLetters = await count(database, `SELECT count(*) FROM event_log WHERE topic = 'purpgate.dead-letters'`);
await database.close();
const code = await endProcess(instance.process, 'SIGINT');
const orphans = processesOn(folder);
await rm(folder, { recursive: true, force: true });

console.log(
  JSON.stringify({
    rounds,
    clients: CLIENTS,
    acknowledged: load.acknowledged.size,
    failed: load.failed,
    interactions: known.size,
    lost: lost.length,
    rewards,
    unscored,
    doubledRows,
    doubledEvents,
    deadLetters,
    exitCode: code,
    orphans: orphans.length,
  }),
);
assert.equal(lost.length, 0, `lost: ${lost.slice(0, 5).join(' ')}`);
assert.equal(doubledRows + doubledEvents, 0);
assert.equal(unscored, 0, 'a completed interaction has no reward row');
assert.equal(deadLetters, 0);
assert.equal(orphans.length, 0, JSON.stringify(orphans));
