/** Pools of upstreams: what `ENGINES_FILE` says, or `UPSTREAM_URL` as a pool of one. docs/models.md describes the file. */
import { type Config, operatorSecret } from '../../config.js';
import type { Prices } from '../engine.js';
import { refuseSetting, type SettingFields } from '../../text/setting-fields.js';
import { parseSettingFile, readSettingFile } from '../../text/setting-file.js';
import { readHttpUrl, readSecret } from '../../text/setting-secrets.js';

export interface UpstreamSettings {
  /** Base URL without a trailing slash. */
  readonly url: string;
  /** Share of the traffic in proportion to the other upstreams, range [1, 1000]. */
  readonly weight: number;
}

/** `openai-chat`, and OpenAI's Responses and Anthropic's Messages, by which foreign models are put behind the guard. */
const WIRE_NAMES = ['openai-chat', 'openai-responses', 'anthropic-messages'] as const;
export type WireName = (typeof WIRE_NAMES)[number];

export interface PoolSettings {
  readonly name: string;
  /** What its servers speak. */
  readonly wire: WireName;
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
  /** Null: token ids are not asked for. */
  readonly capture: CaptureSettings | null;
  /** Whether requests name the tenant's `cache_salt`. */
  readonly cacheSalt: 'on' | 'off';
  /** Null: the upstreams serve what they were started with. */
  readonly adapters: AdapterSettings | null;
}

/** Of upstreams that load the versions of the registry as LoRA adapters (vLLM). */
export interface AdapterSettings {
  /** SHA-256 of the weights of the checkpoint that the upstreams were started with, in hexadecimal. */
  readonly baseSha256: string;
  /** Where the upstreams find the artifact store. */
  readonly folder: string;
}

/** Of token ids and log-probabilities, which go into the interaction log for training. */
export interface CaptureSettings {
  /** Folder with the model's tokenizer.json, to check that ids make the text; null: only their number is checked. */
  readonly tokenizer: string | null;
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
/** The same of a wire. Anthropic's API refuses fields that it does not know. */
const FORWARDED_BY_WIRE: Readonly<Record<WireName, readonly string[]>> = {
  'openai-chat': FORWARDED_FIELDS,
  'openai-responses': FORWARDED_FIELDS,
  'anthropic-messages': ['thinking'],
};

/** These would walk around rules and guards, or take the answer out of the form that is read. */
const NEVER_FORWARDED = [
  'add_generation_prompt',
  'background',
  'cache_salt',
  'chat_template',
  'container',
  'continue_final_message',
  'conversation',
  'documents',
  'echo',
  'input',
  'instructions',
  'mcp_servers',
  'messages',
  'previous_response_id',
  'prompt',
  'return_token_ids',
  'stream',
  'system',
  'tools',
];

const DEFAULT_SECONDS = { connect: 10, first_byte: 300, idle: 300, total: 3600 } as const;
const DEFAULT_IN_FLIGHT = 256;
const DEFAULT_HEALTH_CHECK_SECONDS = 10;

/** Empty where the embedded engine serves. @throws PurpgateError `setting_invalid`, naming the path of the setting. */
export function poolsOf(config: Config): readonly PoolSettings[] {
  const { enginesFile, upstreamUrl: url, upstreamModel: model } = config;
  if (enginesFile !== null) return parsePools(readSettingFile('ENGINES_FILE', enginesFile), operatorSecret);
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
    capture: null,
    cacheSalt: 'off',
    adapters: null,
  };
}

/** `secretOf`: the value of an environment variable of the operator. @throws PurpgateError `setting_invalid`. */
export function parsePools(
  text: string,
  secretOf: (variable: string) => string | null,
): readonly [PoolSettings, ...PoolSettings[]] {
  const root = parseSettingFile('ENGINES_FILE', text);
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
  const [, second] = [first, ...others].filter(({ adapters }) => adapters !== null);
  if (second !== undefined)
    refuseSetting(`engines.${second.name}.adapters`, 'another pool serves the versions already');
  return [first, ...others];
}

function readPool(name: string, fields: SettingFields, secretOf: (variable: string) => string | null): PoolSettings {
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(name))
    refuseSetting(fields.path, 'the name of a pool is lower-case letters, digits, - and _');
  const model = fields.text('model');
  const wire = fields.choice('wire', WIRE_NAMES);
  const forward = fields.texts('forward', FORWARDED_BY_WIRE[wire]);
  const forbidden = forward.find((field) => NEVER_FORWARDED.includes(field));
  if (forbidden !== undefined) fields.refuse('forward', `${forbidden} would walk around rules and guards`);
  const serves = fields.texts('serves', [model]);
  if (serves.length === 0) fields.refuse('serves', 'expected at least one model id');
  const pool = {
    name,
    wire,
    upstreams: readUpstreams(fields),
    model,
    serves,
    apiKey: readSecret(fields, 'api_key_env', secretOf),
    rules: fields.flag('rules', false) ? 'on' : 'off',
    forward,
    timeouts: readTimeouts(fields.mapping('timeouts')),
    inFlight: readInFlight(fields.mapping('limits')),
    healthCheckMs: readHealthCheck(fields),
    ...readPrices(fields),
    capture: readCapture(fields),
    cacheSalt: fields.flag('cache_salt', false) ? 'on' : 'off',
    adapters: readAdapters(fields),
  } as const;
  if (wire !== 'openai-chat') {
    if (pool.capture !== null) fields.refuse('capture', `${wire} tells no token ids`);
    if (pool.cacheSalt === 'on') fields.refuse('cache_salt', `${wire} has no field for it`);
    if (pool.adapters !== null) fields.refuse('adapters', `${wire} loads none`);
  }
  fields.done();
  return pool;
}

function readUpstreams(fields: SettingFields): UpstreamSettings[] {
  const upstreams = fields.mappings('upstreams').map((entry) => {
    const upstream = {
      url: readHttpUrl(entry, 'api_key_env'),
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

function readCapture(fields: SettingFields): CaptureSettings | null {
  const isOn = fields.flag('capture', false);
  if (fields.value('tokenizer') === undefined) return isOn ? { tokenizer: null } : null;
  if (!isOn) fields.refuse('tokenizer', 'it checks captured tokens, so it needs capture: true');
  return { tokenizer: fields.text('tokenizer') };
}

function readAdapters(fields: SettingFields): AdapterSettings | null {
  if (fields.value('adapters') === undefined) return null;
  const adapters = fields.mapping('adapters');
  const read = { baseSha256: adapters.text('base_sha256'), folder: adapters.text('folder') };
  if (!/^[0-9a-f]{64}$/.test(read.baseSha256)) adapters.refuse('base_sha256', 'expected 64 hexadecimal digits');
  adapters.done();
  return read;
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
