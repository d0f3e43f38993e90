/**
 * kill -9 at random moments in a deployment of parts: the gateway with its shipper, the scorer, PostgreSQL and a real Kafka broker, under load.
 * Afterwards every interaction whose response was acknowledged is in Kafka and in the database, each has one reward row per choice, and
 * no reward event is doubled but by its own copy, which every consumer knows by its id.
 *
 *   npm run campaign:kill-deployment [-- --rounds 200] [--seed 1]
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { childEnvironment, packageRoot } from '../../src/config.js';
import { openDatabase, type Database } from '../../src/db.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/embedded-postgres.js';
import { TOPICS } from '../../src/events/event-log.js';
import { Resources } from '../../src/resources.js';
import { createLogger } from '../../src/telemetry.js';
import { makeFolder } from '../support/folder.js';
import { endProcess, startInstanceProcess, type StartedInstance } from '../support/instance.js';
import { KillLoad } from '../support/kill-load.js';
import { startBroker, type Broker } from '../support/kafka/broker.js';
import { readTopic } from '../support/kafka/read-topic.js';

const CLIENTS = 12;
const PAUSE_MS = 100;
const MODEL = 'example-model';
/** Longest time from a kill to the next answers. */
const ANSWERS_WITHIN_MS = 60_000;
/** So long nothing more may arrive before the counting begins. */
const QUIET_MS = 10_000;
/** Longest time for what was acknowledged to be scored; a consumer that was killed is missed after 30 s. */
const SCORED_WITHIN_MS = 900_000;
const SILENT = createLogger('silent');

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const rounds = Number(values.rounds);

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const VICTIMS = ['gateway', 'scorer', 'postgres', 'broker'] as const;
type Victim = (typeof VICTIMS)[number];

/** The parts, and how each comes back. */
class Deployment {
  private constructor(
    private readonly environment: Readonly<Record<string, string>>,
    private readonly folder: string,
    private readonly postgres: EmbeddedPostgres,
    private readonly broker: Broker,
    public gateway: StartedInstance,
    private scorer: ChildProcess,
  ) {}

  static async start(resources: Resources, folder: string): Promise<Deployment> {
    const broker = resources.own('broker', await startBroker());
    const postgres = resources.own(
      'postgres',
      await startEmbeddedPostgres({ folder: join(folder, 'postgres'), logger: SILENT }),
    );
    const environment = {
      DATABASE_URL: postgres.url,
      KAFKA_BROKERS: broker.address,
      KAFKA_PARTITIONS: '3',
      UPSTREAM_URL: `${await startUpstream(resources)}/v1`,
      UPSTREAM_MODEL: MODEL,
      REQUESTS_PER_MINUTE: '1000000',
      LOG_LEVEL: 'silent',
    };
    const gateway = await startInstanceProcess({ folder, command: 'serve', environment });
    const scorer = startScorer(folder, environment);
    const deployment = new Deployment(environment, folder, postgres, broker, gateway, scorer);
    resources.defer('gateway', () => endProcess(deployment.gateway.process, 'SIGTERM').then(() => undefined));
    resources.defer('scorer', () => endProcess(deployment.scorer, 'SIGTERM').then(() => undefined));
    return deployment;
  }

  get databaseUrl(): string {
    return this.postgres.url;
  }

  get brokerAddress(): string {
    return this.broker.address;
  }

  /** Resolves when what was killed is running again. */
  async kill(victim: Victim): Promise<void> {
    switch (victim) {
      case 'gateway':
        await endProcess(this.gateway.process, 'SIGKILL');
        this.gateway = await startInstanceProcess({
          folder: this.folder,
          command: 'serve',
          environment: this.environment,
        });
        return;
      case 'scorer':
        await endProcess(this.scorer, 'SIGKILL');
        this.scorer = startScorer(this.folder, this.environment);
        return;
      case 'postgres': {
        const { pid } = this.postgres;
        // Still on its way back from the last time.
        if (pid === null) return;
        process.kill(pid, 'SIGKILL');
        while (this.postgres.pid === null || this.postgres.pid === pid) await delay(50);
        return;
      }
      case 'broker':
        await this.broker.kill();
        await this.broker.restart();
    }
  }
}

function startScorer(folder: string, environment: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [join(packageRoot, 'dist/src/cli/main.js'), 'score'], {
    env: { ...childEnvironment(), ...environment, PURPGATE_DATA: folder },
    stdio: 'ignore',
  });
}

async function startUpstream(resources: Resources): Promise<string> {
  const child = spawn(process.execPath, [join(packageRoot, 'dist/test/bench/gateway-process.js'), 'upstream'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  resources.defer('upstream', () => endProcess(child, 'SIGKILL').then(() => undefined));
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  return url;
}

async function killAll(deployment: Deployment, load: KillLoad, random: () => number): Promise<Record<Victim, number>> {
  const killed: Record<Victim, number> = { gateway: 0, scorer: 0, postgres: 0, broker: 0 };
  for (let round = 1; round <= rounds; round += 1) {
    await delay(200 + 2_300 * random());
    const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? 'gateway';
    const before = load.acknowledged.size;
    await deployment.kill(victim);
    killed[victim] += 1;
    const deadline = Date.now() + ANSWERS_WITHIN_MS;
    while (load.acknowledged.size < before + 5) {
      assert.ok(Date.now() < deadline, `round ${round}: no answers after kill -9 of ${victim}`);
      await delay(50);
    }
    const counts = `${load.acknowledged.size} acknowledged, ${load.failed} refused or cut`;
    console.log(`round ${round} of ${rounds}: kill -9 of ${victim}; ${counts}`);
  }
  return killed;
}

async function count(database: Database, sql: string): Promise<number> {
  const [row] = await database.query<{ count: string }>(sql);
  return Number(row?.count ?? Number.NaN);
}

/** Waits for so many interactions, and until nothing more comes. */
async function settled(database: Database, least: number): Promise<void> {
  const deadline = Date.now() + SCORED_WITHIN_MS;
  for (let last = -1, since = Date.now(); last < least || Date.now() - since < QUIET_MS; ) {
    const now = await count(database, 'SELECT count(*) FROM interactions WHERE disposition IS NOT NULL');
    if (now !== last) {
      since = Date.now();
      console.log(`${now} interactions in the database`);
    }
    last = now;
    // Too few is what the counting says then.
    if (Date.now() > deadline) return;
    await delay(2_000);
  }
}

/** Choices of answers that have more than one reward event; a copy of an event has its id. */
async function readRewards(address: string): Promise<{ readonly total: number; readonly doubled: number }> {
  const events = new Map<string, Set<string>>();
  const total = await readTopic(address, TOPICS.rewards, ({ id, value }) => {
    const choice = JSON.stringify([value['interaction_id'], value['choice']]);
    events.set(choice, (events.get(choice) ?? new Set()).add(id));
  });
  return { total, doubled: [...events.values()].filter(({ size }) => size > 1).length };
}

const resources = new Resources();
const folder = await makeFolder();
resources.defer('folder', () => rm(folder, { recursive: true, force: true }));
try {
  const deployment = await Deployment.start(resources, folder);
  const started = Date.now();
  const load = new KillLoad({ clients: CLIENTS, model: MODEL, pauseMs: PAUSE_MS, place: () => deployment.gateway });
  const killed = await killAll(deployment, load, randomFrom(Number(values.seed)));
  await delay(2_000);
  await load.stop();
  const minutes = (Date.now() - started) / 60_000;
  const database = await openDatabase(deployment.databaseUrl, SILENT);
  resources.defer('database', () => database.close());
  await settled(database, load.acknowledged.size);
  const ids = await database.query<{ id: string }>('SELECT id FROM interactions');
  const known = new Set(ids.map(({ id }) => id));
  const inKafka = new Set<string>();
  const records = await readTopic(deployment.brokerAddress, TOPICS.interactions, ({ id }) => inKafka.add(id));
  const rewards = await readRewards(deployment.brokerAddress);
  const acknowledged = [...load.acknowledged];
  const findings = {
    rounds,
    minutes: Number(minutes.toFixed(1)),
    killed,
    acknowledged: acknowledged.length,
    refusedOrCut: load.failed,
    interactions: known.size,
    notInKafka: acknowledged.filter((id) => !inKafka.has(id)).length,
    notInDatabase: acknowledged.filter((id) => !known.has(id)).length,
    copiesInKafka: records - inKafka.size,
    rewardRows: await count(database, 'SELECT count(*) FROM rewards'),
    doubledRewardRows: await count(
      database,
      'SELECT count(*) FROM (SELECT 1 FROM rewards GROUP BY interaction_id, choice HAVING count(*) > 1) AS doubled',
    ),
    completedWithoutReward: await count(
      database,
      `SELECT count(*) FROM interactions i WHERE i.status = 'completed'
         AND NOT EXISTS (SELECT 1 FROM rewards r WHERE r.interaction_id = i.id)`,
    ),
    rewardEvents: rewards.total,
    doubledRewardEvents: rewards.doubled,
    deadLetters: await readTopic(deployment.brokerAddress, TOPICS.deadLetters, () => undefined),
  };
  console.log(JSON.stringify(findings));
  for (const name of [
    'notInKafka',
    'notInDatabase',
    'doubledRewardRows',
    'completedWithoutReward',
    'doubledRewardEvents',
    'deadLetters',
  ] as const)
    assert.equal(findings[name], 0, name);
} catch (thrown) {
  // What is taken down may take its time.
  console.error(thrown);
  process.exitCode = 1;
} finally {
  await resources.stop();
}
