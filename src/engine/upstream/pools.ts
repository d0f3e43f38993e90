/** Pools of upstreams: what `ENGINES_FILE` says, or `UPSTREAM_URL` as a pool of one. docs/models.md describes the file. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { type Config, operatorSecret } from '../../config.js';
import { PurpgateError } from '../../errors.js';
import type { Prices } from '../engine.js';
import { refuseSetting, SettingFields } from '../../text/setting-fields.js';

export interface UpstreamSettings {
  /** Base URL without a trailing slash. */
  readonly url: string;
  /** Share of the traffic in proportion to the other upstreams, range [1, 1000]. */
  readonly weight: number;
}

export interface PoolSettings {
  readonly name: string;
  /** What its servers speak. */
  readonly wire: 'openai-chat';
  readonly upstreams: readonly UpstreamSettings[];
  /** Model id that the upstreams are asked for. */
  readonly model: string;
  /** Ids by which requests may name the model, at least one. */
  readonly serves: readonly string[];
  readonly apiKey: string | null;
  /** Whether PurpCode's rules are prepended to the system prompt. */
  readonly rules: 'on' | 'off';
  /** Names of request fields that may reach the upstreams beside those that purpgate knows. */
  readonly forward: readonly string[];
  readonly timeouts: PoolTimeouts;
  /** Requests that one upstream serves at once; further ones go to others, or fail with `overloaded`. */
  readonly inFlight: number;
  /** Milliseconds between two health checks of an upstream; null: none are made. */
  readonly healthCheckMs: number | null;
  readonly prices?: Prices;
}

/** In milliseconds. */
export interface PoolTimeouts {
  readonly connect: number;
  /** From the request to the first byte of the answer's body. */
  readonly firstByte: number;
  /** Between two pieces of the body. */
  readonly idle: number;
  /** The whole request, further attempts included. */
  readonly total: number;
}

/** Request fields that purpgate does not read and an upstream may: none of them walks around rules or guards. */
export const FORWARDED_FIELDS: readonly string[] = ['reasoning_effort'];

/** These would walk around rules and guards, or take the answer out of the form that is read. */
const NEVER_FORWARDED = [
  'add_generation_prompt',
  'chat_template',
  'continue_final_message',
  'documents',
  'echo',
  'messages',
  'prompt',
  'stream',
];

const DEFAULT_SECONDS = { connect: 10, first_byte: 300, idle: 300, total: 3600 } as const;
const DEFAULT_IN_FLIGHT = 256;
const DEFAULT_HEALTH_CHECK_SECONDS = 10;

/** Empty where the embedded engine serves. @throws PurpgateError `setting_invalid`, naming the path of the setting. */
export function poolsOf(config: Config): readonly PoolSettings[] {
  const { enginesFile, upstreamUrl: url, upstreamModel: model } = config;
  if (enginesFile !== null) return parsePools(readFile(enginesFile), operatorSecret);
  if (url === null || model === null) return [];
  const idleMs = config.upstreamIdleTimeoutSeconds * 1000;
  return [poolOfOne({ url, model, apiKey: config.upstreamApiKey, rules: config.upstreamRules, idleMs })];
}

interface SingleUpstream extends Pick<PoolSettings, 'model' | 'apiKey' | 'rules'> {
  readonly url: string;
  /** Bounds the wait for the first byte and for each further one. */
  readonly idleMs: number;
}

export function poolOfOne({ url, model, apiKey, rules, idleMs }: SingleUpstream): PoolSettings {
  return {
    name: 'main',
    wire: 'openai-chat',
    upstreams: [{ url, weight: 1 }],
    model,
    serves: [model],
    apiKey,
    rules,
    forward: FORWARDED_FIELDS,
    timeouts: {
      connect: Math.min(idleMs, DEFAULT_SECONDS.connect * 1000),
      firstByte: idleMs,
      idle: idleMs,
      total: DEFAULT_SECONDS.total * 1000,
    },
    // One server more or less is no choice: what bounds requests is MAX_IN_FLIGHT.
    inFlight: Infinity,
    healthCheckMs: null,
  };
}

/** `secretOf`: the value of an environment variable of the operator. @throws PurpgateError `setting_invalid`. */
export function parsePools(
  text: string,
  secretOf: (variable: string) => string | null,
): readonly [PoolSettings, ...PoolSettings[]] {
  const document = parseDocument(text);
  const [error] = document.errors;
  // Its first line says what and where; the others quote the file.
  if (error !== undefined) refuseSetting('ENGINES_FILE', error.message.split('\n')[0] ?? error.code);
  const root = new SettingFields(document.toJS(), '');
  const engines = root.mapping('engines');
  root.done();
  const [first, ...others] = engines.names.map((name) => readPool(name, engines.mapping(name), secretOf));
  if (first === undefined) refuseSetting('engines', 'expected at least one pool');
  const owners = new Map<string, string>();
  for (const pool of [first, ...others])
    for (const id of pool.serves) {
      const owner = owners.get(id);
      if (owner !== undefined) refuseSetting(`engines.${pool.name}.serves`, `engines.${owner} serves "${id}" already`);
      owners.set(id, pool.name);
    }
  return [first, ...others];
}

function readPool(name: string, fields: SettingFields, secretOf: (variable: string) => string | null): PoolSettings {
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(name))
    refuseSetting(fields.path, 'the name of a pool is lower-case letters, digits, - and _');
  const model = fields.text('model');
  const forward = fields.texts('forward', FORWARDED_FIELDS);
  const forbidden = forward.find((field) => NEVER_FORWARDED.includes(field));
  if (forbidden !== undefined) fields.refuse('forward', `${forbidden} would walk around rules and guards`);
  const serves = fields.texts('serves', [model]);
  if (serves.length === 0) fields.refuse('serves', 'expected at least one model id');
  const pool = {
    name,
    wire: fields.choice('wire', ['openai-chat']),
    upstreams: readUpstreams(fields),
    model,
    serves,
    apiKey: readSecret(fields, secretOf),
    rules: fields.flag('rules', false) ? 'on' : 'off',
    forward,
    timeouts: readTimeouts(fields.mapping('timeouts')),
    inFlight: readInFlight(fields.mapping('limits')),
    healthCheckMs: readHealthCheck(fields),
    ...readPrices(fields),
  } as const;
  fields.done();
  return pool;
}

function readUpstreams(fields: SettingFields): UpstreamSettings[] {
  const upstreams = fields.mappings('upstreams').map((entry) => {
    const upstream = {
      url: readUrl(entry),
      weight: entry.number('weight', 1, { least: 1, most: 1000 }),
    };
    entry.done();
    return upstream;
  });
  const repeated = upstreams.findIndex(({ url }, index) => upstreams.findIndex((other) => other.url === url) < index);
  if (repeated !== -1)
    refuseSetting(`${fields.pathOf('upstreams')}[${repeated}].url`, 'stands there twice; use weight');
  return upstreams;
}

/** Credentials in an address would stand in logs and metrics. */
function readUrl(fields: SettingFields): string {
  const text = fields.text('url').replace(/\/+$/, '');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    fields.refuse('url', 'expected a URL that starts with http: or https:');
  if (url.username !== '' || url.password !== '') fields.refuse('url', 'holds credentials; use api_key_env');
  if (url.search !== '' || url.hash !== '') fields.refuse('url', 'expected no query and no fragment');
  return text;
}

function readSecret(fields: SettingFields, secretOf: (variable: string) => string | null): string | null {
  if (fields.value('api_key_env') === undefined) return null;
  const variable = fields.text('api_key_env');
  // Not quoted: who wrote the key itself here must not find it in a log.
  if (!/^[A-Z][A-Z0-9_]*$/.test(variable)) fields.refuse('api_key_env', 'expected the name of an environment variable');
  return secretOf(variable) ?? fields.refuse('api_key_env', `the environment variable ${variable} is not set`);
}

function readTimeouts(fields: SettingFields): PoolTimeouts {
  const milliseconds = (name: keyof typeof DEFAULT_SECONDS): number =>
    fields.number(`${name}_seconds`, DEFAULT_SECONDS[name], { least: 0.05, most: 86_400, whole: false }) * 1000;
  const timeouts = {
    connect: milliseconds('connect'),
    firstByte: milliseconds('first_byte'),
    idle: milliseconds('idle'),
    total: milliseconds('total'),
  };
  fields.done();
  return timeouts;
}

function readInFlight(fields: SettingFields): number {
  const inFlight = fields.number('in_flight', DEFAULT_IN_FLIGHT, { least: 1, most: 100_000 });
  fields.done();
  return inFlight;
}

/** A pool of one has no choice to make by it. */
function readHealthCheck(fields: SettingFields): number | null {
  const given = fields.value('health_check_seconds') === undefined ? fields.value('upstreams') : null;
  if (Array.isArray(given) && given.length < 2) return null;
  const seconds = fields.number('health_check_seconds', DEFAULT_HEALTH_CHECK_SECONDS, {
    least: 0.05,
    most: 3600,
    whole: false,
  });
  return seconds * 1000;
}

/** Both or neither: half a price would be a wrong sum. */
function readPrices(fields: SettingFields): { readonly prices?: Prices } {
  if (fields.value('prices') === undefined) return {};
  const prices = fields.mapping('prices');
  const range = { least: 0, most: 100_000, whole: false };
  const read = { input: prices.number('input', NaN, range), output: prices.number('output', NaN, range) };
  prices.done();
  return { prices: read };
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new PurpgateError('setting_invalid', {
      publicMessage: `ENGINES_FILE (is "${path}"): ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      cause: thrown,
    });
  }
}
