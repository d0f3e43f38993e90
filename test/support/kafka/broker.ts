/** One real Apache Kafka broker in KRaft mode on loopback. Its jars come by Maven, once, into the user's cache folder. */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { packageRoot } from '../../../src/config.js';

const run = promisify(execFile);
const POM = join(packageRoot, 'test', 'support', 'kafka', 'pom.xml');
/** Heap and what the JVM needs beside it stay below 400 MB. */
const JVM = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:ReservedCodeCacheSize=48m'];
const READY_MS = 90_000;
const STORE_PASSWORD = 'changeit';

export const LOGIN = { username: 'purpgate', password: 'correct-horse' };

export interface Broker {
  /** `host:port`; the same after a restart. */
  readonly address: string;
  /** The same broker by TLS, for those who log in as `LOGIN` by PLAIN or SCRAM-SHA-512; `caFile` holds its certificate. */
  readonly secure: { readonly address: string; readonly caFile: string };
  /** SIGKILL. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** On the files that are there. Resolves when it answers. */
  restart(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** What a broker needs and is not there; null when all is. */
export function missingForBroker(): string | null {
  const missing = [
    ['java', '-version'],
    ['mvn', '--version'],
  ].filter(([command = '', argument = '']) => spawnSync(command, [argument], { stdio: 'ignore' }).status !== 0);
  return missing.length === 0 ? null : `${missing.map(([command]) => command).join(' and ')} not found`;
}

export async function startBroker(): Promise<Broker> {
  const jars = await resolveJars();
  const folder = await mkdtemp(join(tmpdir(), 'purpgate-kafka-'));
  const [port = 0, controllerPort = 0, securePort = 0] = await freePorts(3);
  const properties = join(folder, 'server.properties');
  await writeFile(properties, describe({ folder, port, controllerPort, securePort }));
  const caFile = await makeCertificate(folder);
  const java = [...JVM, '-cp', join(jars, '*')];
  const clusterId = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  const scram = `SCRAM-SHA-512=[name=${LOGIN.username},password=${LOGIN.password}]`;
  // One id in sixty-four begins with a dash, which reads as an option where it stands alone.
  const format = ['format', `--cluster-id=${clusterId}`, '-c', properties, '--add-scram', scram];
  await run('java', [...java, 'kafka.tools.StorageTool', ...format]);
  const address = `127.0.0.1:${port}`;
  let child = await launch([...java, 'kafka.Kafka', properties], address);
  return {
    address,
    secure: { address: `127.0.0.1:${securePort}`, caFile },
    kill: () => end(child),
    async restart() {
      child = await launch([...java, 'kafka.Kafka', properties], address);
    },
    async stop() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A folder of its own for each content of the POM. */
async function resolveJars(): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const jars = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'purpgate-test', `kafka-${digest}`);
  if (existsSync(jars)) return jars;
  await mkdir(dirname(jars), { recursive: true });
  const fresh = await mkdtemp(`${jars}-`);
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${fresh}`];
  await run('mvn', ['-q', '-B', '-f', POM, ...goal]);
  // Whoever comes second has the same jars.
  await rename(fresh, jars).catch(() => rm(fresh, { recursive: true }));
  return jars;
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly securePort: number;
}

/** Sized for tests: few partitions and threads, quick groups, and a quick way back after a kill. */
function describe({ folder, port, controllerPort, securePort }: Place): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},SECURE://127.0.0.1:${securePort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SECURE://127.0.0.1:${securePort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL',
    ...secureSettings(folder),
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': false,
    'num.network.threads': 1,
    'num.io.threads': 2,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 500,
    'log.index.size.max.bytes': 65_536,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    'broker.session.timeout.ms': 1_500,
    'broker.heartbeat.interval.ms': 300,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function secureSettings(folder: string): Readonly<Record<string, string>> {
  const module = 'org.apache.kafka.common.security';
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'listener.name.secure.plain.sasl.jaas.config': `${module}.plain.PlainLoginModule required user_${LOGIN.username}="${LOGIN.password}";`,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': `${module}.scram.ScramLoginModule required;`,
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': join(folder, 'keystore.p12'),
    'ssl.keystore.password': STORE_PASSWORD,
  };
}

/** Gives the PEM file of the certificate. */
async function makeCertificate(folder: string): Promise<string> {
  const store = ['-keystore', join(folder, 'keystore.p12'), '-storepass', STORE_PASSWORD, '-alias', 'broker'];
  const subject = ['-dname', 'CN=broker', '-ext', 'san=ip:127.0.0.1', '-ext', 'bc=ca:true'];
  await run('keytool', [
    '-genkeypair',
    '-storetype',
    'PKCS12',
    '-keyalg',
    'EC',
    '-validity',
    '2',
    ...subject,
    ...store,
  ]);
  const file = join(folder, 'ca.pem');
  await run('keytool', ['-exportcert', '-rfc', '-file', file, ...store]);
  return file;
}

/**
 * The shell and the broker are a process group of their own. The shell ends the broker when its input ends: a test process that is killed
 * leaves none behind.
 */
async function launch(args: readonly string[], address: string): Promise<ChildProcess> {
  // The input is kept as 3: a shell gives what it runs in the background /dev/null for input.
  const script = 'exec 3<&0; "$@" 3<&- & broker=$!; (cat <&3; kill -9 $broker) >/dev/null 2>&1 & wait $broker';
  const child = spawn('sh', ['-c', script, 'sh', 'java', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaints = (complaints + bytes.toString()).slice(-4_000);
  });
  const deadline = Date.now() + READY_MS;
  while (!(await answers(address))) {
    if (child.exitCode !== null) throw new Error(`the Kafka broker ended with ${child.exitCode}: ${complaints}`);
    if (Date.now() > deadline) {
      await end(child);
      throw new Error(`the Kafka broker did not get ready: ${complaints}`);
    }
    await pause(100);
  }
  return child;
}

async function answers(address: string): Promise<boolean> {
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length === 1;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await gone;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = servers.map(
    (server) =>
      new Promise<number>((resolve) => {
        server.listen(0, '127.0.0.1', () => {
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : 0);
        });
      }),
  );
  const found = await Promise.all(ports);
  for (const server of servers) server.close();
  return found;
}
