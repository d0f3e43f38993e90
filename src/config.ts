/**
 * The configuration: one table of settings, one frozen object, the only reader of `process.env`.
 * docs/configuration.md documents the table, and a test compares both ways.
 */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PurpgateError } from './errors.js';
import {
  brokers,
  folder,
  integer,
  list,
  networks,
  oneOf,
  optionalText,
  optionalUrl,
  text,
  topicPrefix,
} from './text/setting-values.js';

/** Folder that holds package.json; files that ship with purpgate (models, migrations, rules) are found from here. */
export const packageRoot: string = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

function findPackageRoot(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new PurpgateError('internal_error', { message: `no package.json above ${start}` });
    folder = parent;
  }
  return folder;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Setting<Value> {
  /** Name of the environment variable. */
  readonly variable: string;
  /** As it would be written in the environment; empty means unset. */
  readonly fallback: string;
  readonly description: string;
  /** Throws an Error that says what is allowed. */
  readonly parse: (text: string) => Value;
}

function setting<Value>(
  variable: string,
  fallback: string,
  parse: (text: string) => Value,
  description: string,
): Setting<Value> {
  return { variable, fallback, description, parse };
}

const packagedFolder = (value: string): string => (isAbsolute(value) ? value : resolve(packageRoot, value));

export const SETTINGS = {
  dataFolder: setting('PURPGATE_DATA', '.purpgate', folder, 'Folder for Postgres, spool, artifacts and key files.'),
  host: setting('HOST', '127.0.0.1', text, 'Address that the public API listens on.'),
  port: setting('PORT', '8080', integer(0, 65535), 'Port of the public API; 0 takes a free one.'),
  adminHost: setting('ADMIN_HOST', '127.0.0.1', text, 'Address that the admin API and /metrics listen on.'),
  adminPort: setting('ADMIN_PORT', '0', integer(0, 65535), 'Port of the admin API; 0 takes a free one (see run.json).'),
  databaseUrl: setting(
    'DATABASE_URL',
    '',
    optionalUrl('postgres:', 'postgresql:'),
    'A PostgreSQL server; unset starts the embedded one in the data folder.',
  ),
  model: setting(
    'PURPGATE_MODEL',
    'models/nano',
    packagedFolder,
    'Hugging Face folder that the embedded engine loads.',
  ),
  training: setting(
    'TRAINING',
    'off',
    oneOf('on', 'off'),
    'Whether `purpgate start` trains on the scored traffic of the pool `local` while nobody is served, and serves what passes the gate.',
  ),
  engineThreads: setting('ENGINE_THREADS', '1', integer(1, 64), 'Threads of the embedded engine.'),
  enginesFile: setting(
    'ENGINES_FILE',
    '',
    optionalText,
    'YAML file that names pools of servers, used in place of the embedded engine (docs/models.md).',
  ),
  upstreamUrl: setting(
    'UPSTREAM_URL',
    '',
    optionalUrl('http:', 'https:'),
    'Base URL, ending in /v1, of an OpenAI-compatible server that is used in place of the embedded engine.',
  ),
  upstreamApiKey: setting('UPSTREAM_API_KEY', '', optionalText, 'Bearer key for the upstream.'),
  upstreamModel: setting('UPSTREAM_MODEL', '', optionalText, 'Model id that the upstream is asked for.'),
  upstreamRules: setting(
    'UPSTREAM_RULES',
    'off',
    oneOf('on', 'off'),
    "Whether PurpCode's rules are prepended to the system prompt of the upstream model.",
  ),
  modelAliases: setting(
    'MODEL_ALIASES',
    '',
    list,
    'Further ids, separated by commas, by which requests may name the model: coding agents ask small models of their maker for titles and summaries.',
  ),
  upstreamIdleTimeoutSeconds: setting(
    'UPSTREAM_IDLE_TIMEOUT_SECONDS',
    '300',
    integer(1, 3600),
    'Seconds without a byte from the upstream after which a request fails.',
  ),
  policy: setting(
    'GUARD_POLICY',
    'default',
    text,
    'default: blocks are served as ordinary text. strict: a blocked prompt is HTTP 400. observe: nothing is withheld, verdicts are recorded. Or a name from POLICIES_FILE.',
  ),
  policiesFile: setting(
    'POLICIES_FILE',
    '',
    optionalText,
    'YAML file that names further policies of the guard, and says which tenants, keys and models they are for (docs/guard.md).',
  ),
  promptModel: setting(
    'GUARD_PROMPT_MODEL',
    'models/guard',
    packagedFolder,
    'Folder of the model that judges prompts beside the rules: the shipped one, or a text classification of Hugging Face as ONNX (docs/guard.md).',
  ),
  maxBodyBytes: setting('MAX_BODY_BYTES', '33554432', integer(1024, 1 << 30), 'Largest request body in bytes.'),
  maxInFlight: setting('MAX_IN_FLIGHT', '256', integer(1, 100_000), 'Requests served at once; more answer 503.'),
  requestsPerMinute: setting(
    'REQUESTS_PER_MINUTE',
    '600',
    integer(1, 1_000_000),
    'Requests per minute and key, unless the key has its own limit.',
  ),
  failedLoginsPerMinute: setting(
    'FAILED_LOGINS_PER_MINUTE',
    '20',
    integer(1, 1_000_000),
    'Failed logins per minute and address; more answer 429.',
  ),
  spoolMaxBytes: setting(
    'SPOOL_MAX_BYTES',
    '1073741824',
    integer(1 << 20, Number.MAX_SAFE_INTEGER),
    'Largest size of the spool on disk; when it is full, requests that must be logged answer 503.',
  ),
  kafkaBrokers: setting(
    'KAFKA_BROKERS',
    '',
    brokers,
    'Comma-separated `host:port` of Kafka brokers; unset keeps the event log in the database.',
  ),
  kafkaTls: setting('KAFKA_TLS', 'off', oneOf('on', 'off'), 'Whether the brokers are spoken to by TLS.'),
  kafkaCaFile: setting(
    'KAFKA_CA_FILE',
    '',
    optionalText,
    "PEM file of the authorities that may sign the brokers' certificates; unset trusts those of Node.js.",
  ),
  kafkaSaslMechanism: setting(
    'KAFKA_SASL_MECHANISM',
    'none',
    oneOf('none', 'plain', 'scram-sha-256', 'scram-sha-512'),
    'How purpgate logs in to the brokers; `plain` sends the password as it is, so use it with TLS.',
  ),
  kafkaSaslUsername: setting('KAFKA_SASL_USERNAME', '', optionalText, 'User name for SASL.'),
  kafkaSaslPassword: setting('KAFKA_SASL_PASSWORD', '', optionalText, 'Password for SASL.'),
  kafkaTopicPrefix: setting(
    'KAFKA_TOPIC_PREFIX',
    '',
    topicPrefix,
    'Stands before the names of topics and consumer groups, for a cluster that several installations share.',
  ),
  kafkaPartitions: setting(
    'KAFKA_PARTITIONS',
    '12',
    integer(1, 10_000),
    'Partitions of a topic that is created: the most consumers of a group that can share it.',
  ),
  kafkaReplicationFactor: setting(
    'KAFKA_REPLICATION_FACTOR',
    '',
    (value) => (value === '' ? null : integer(1, 100)(value)),
    "Replicas of a topic that is created; unset takes the brokers' default.",
  ),
  kafkaRetentionHours: setting(
    'KAFKA_RETENTION_HOURS',
    '720',
    integer(1, 1_000_000),
    'Hours that a topic that is created keeps its records.',
  ),
  eventRetentionDays: setting(
    'EVENT_RETENTION_DAYS',
    '30',
    integer(1, 100_000),
    'Days that the event log in the database keeps a record; longer where a reader has yet to process it.',
  ),
  kafkaMaxMessageBytes: setting(
    'KAFKA_MAX_MESSAGE_BYTES',
    '67108864',
    // Half as much again, for a dead letter, has to stay below the 100 MiB that a broker takes in one request.
    integer(1 << 16, 64 << 20),
    'Largest record, compressed, of a topic that is created; a larger one becomes a dead letter.',
  ),
  adaptersFolder: setting('ADAPTERS_FOLDER', '', optionalText, 'Folder of adapters that were trained elsewhere.'),
  rewardsFile: setting(
    'REWARDS_FILE',
    '',
    optionalText,
    "YAML file that says how rewards are composed, and names own oracles (docs/rewards.md); unset: PurpCode's recipe.",
  ),
  judgeUrl: setting(
    'JUDGE_URL',
    '',
    optionalUrl('http:', 'https:'),
    'Base URL, ending in /v1, of an OpenAI-compatible server whose model judges answers where their wording does not tell (docs/rewards.md).',
  ),
  judgeModel: setting('JUDGE_MODEL', '', optionalText, 'Model id that the judge is asked for.'),
  judgeApiKey: setting('JUDGE_API_KEY', '', optionalText, 'Bearer key for the judge.'),
  judgeVotes: setting('JUDGE_VOTES', '3', integer(1, 9), 'Votes per answer; a verdict needs more than half of them.'),
  judgeTimeoutSeconds: setting(
    'JUDGE_TIMEOUT_SECONDS',
    '20',
    integer(1, 600),
    'Seconds for the votes on an answer; after that it has no verdict.',
  ),
  otlpEndpoint: setting(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    '',
    optionalUrl('http:', 'https:'),
    'Base URL of an OTLP/HTTP receiver of traces (docs/operations.md); unset makes no spans.',
  ),
  corsOrigins: setting(
    'CORS_ORIGINS',
    '',
    list,
    'Comma-separated origins that browsers may call from; `*` allows all; empty allows none.',
  ),
  trustedProxies: setting(
    'TRUSTED_PROXIES',
    '',
    networks,
    'Comma-separated addresses or networks whose X-Forwarded-For is believed.',
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'Least severity that is logged.',
  ),
} as const;

export type Config = {
  readonly [Name in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Name]['parse']>;
};

/**
 * Reads the settings from the environment.
 * @throws PurpgateError `setting_invalid`, naming the variable, its value and what is allowed.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const values: Record<string, unknown> = {};
  for (const [name, { variable, fallback, parse }] of Object.entries(SETTINGS)) {
    const given = environment[variable]?.trim();
    const value = given === undefined || given === '' ? fallback : given;
    try {
      values[name] = parse(value);
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      const shown = /KEY|SECRET|PASSWORD|DATABASE_URL/.test(variable) ? '' : ` (is "${value}")`;
      throw new PurpgateError('setting_invalid', { publicMessage: `${variable}${shown}: ${reason}` });
    }
  }
  const config = Object.freeze(values) as Config;
  if (config.upstreamUrl !== null && config.upstreamModel === null)
    throw new PurpgateError('setting_invalid', {
      publicMessage: 'UPSTREAM_MODEL: must name a model when UPSTREAM_URL is set',
    });
  if ((config.judgeUrl === null) !== (config.judgeModel === null))
    throw new PurpgateError('setting_invalid', { publicMessage: 'JUDGE_URL and JUDGE_MODEL: set both or neither' });
  if (config.training === 'on' && (config.upstreamUrl !== null || config.enginesFile !== null))
    throw new PurpgateError('setting_invalid', {
      publicMessage:
        'TRAINING: cannot be on when UPSTREAM_URL or ENGINES_FILE is set; only the embedded model can be trained here',
    });
  if (config.upstreamUrl !== null && config.enginesFile !== null)
    throw new PurpgateError('setting_invalid', {
      publicMessage: 'ENGINES_FILE: cannot be set beside UPSTREAM_URL; name that server in the file',
    });
  const { kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword } = config;
  if (kafkaSaslMechanism !== 'none' && (kafkaSaslUsername === null || kafkaSaslPassword === null))
    throw new PurpgateError('setting_invalid', {
      publicMessage: 'KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: must be set when KAFKA_SASL_MECHANISM is',
    });
  return config;
}

/** Environment for a process of ours that has a role of its own: all settings of this one. */
export function roleEnvironment(environment: Environment = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

/** A credential that the operator keeps in the environment under a name of their own; null where it is empty or unset. */
export function operatorSecret(variable: string, environment: Environment = process.env): string | null {
  return environment[variable]?.trim() || null;
}

/** Environment for a child process: what it needs to run, and no secret of ours. */
export function childEnvironment(environment: Environment = process.env): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SYSTEMROOT', 'LD_LIBRARY_PATH']) {
    const value = environment[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
