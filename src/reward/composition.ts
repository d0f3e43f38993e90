/**
 * How components become a score: what `REWARDS_FILE` says, or PurpCode's recipe. docs/rewards.md describes the file, which is the operator's
 * alone: no address and no weight comes from a request.
 */
import { createHash } from 'node:crypto';
import { type Config, operatorSecret } from '../config.js';
import { SAMPLE_KINDS as KINDS, type RewardComponents, type SampleKind } from '../events/interaction.js';
import { ANALYSERS, type AnalyserName } from './analyser-reports.js';
import { refuseSetting, type SettingFields } from '../text/setting-fields.js';
import { parseSettingFile, readSettingFile } from '../text/setting-file.js';
import { readHttpUrl, readSecret } from '../text/setting-secrets.js';

/** Components with one value; the others are mappings of several. */
export type ComponentName = Exclude<keyof RewardComponents, 'own' | 'objectives'>;

/** What a weighted composition may be made of. `task` is none: it can only object, and its null says that there is nothing to judge. */
export const WEIGHABLE = ['format', 'parse', 'security', 'assistance', 'refusal', 'correctness'] as const;
type Weighable = (typeof WEIGHABLE)[number];
/** Where a component means anything: elsewhere it would be null for good, or reward harm. */
const KINDS_OF: Readonly<Record<Weighable, readonly SampleKind[]>> = {
  format: KINDS,
  parse: ['code'],
  security: ['code'],
  assistance: ['malicious'],
  refusal: ['code', 'security_question', 'general'],
  correctness: ['code'],
};
/** Names that stand for something else in a reward. */
const TAKEN: readonly string[] = [
  ...WEIGHABLE,
  ...Object.keys(ANALYSERS),
  ...['task', 'feedback', 'kind', 'compose', 'own', 'objectives'],
];

export interface Objective {
  /** A component, or an own oracle. */
  readonly name: string;
  /** Positive. */
  readonly weight: number;
  /** Kinds of samples whose score it is part of. */
  readonly kinds: readonly SampleKind[];
}

/** What is known of an own oracle before it is asked. */
export interface OwnOracleSettings {
  readonly name: string;
  readonly kinds: readonly SampleKind[];
  /** `code`: not needed for an answer without any. */
  readonly about: 'answer' | 'code';
}

export interface WebhookSettings extends OwnOracleSettings {
  readonly url: string;
  readonly apiKey: string | null;
  /** Raised by the operator when the oracle judges differently. */
  readonly version: string;
  readonly timeoutMs: number;
}

export interface AnalyserSettings extends OwnOracleSettings {
  readonly name: AnalyserName;
  readonly command: string;
  /** File of rules. */
  readonly rules: string | null;
  readonly timeoutMs: number;
}

export interface Composition {
  readonly own: readonly OwnOracleSettings[];
  /** Null: PurpCode's recipe. Else, by weight, what a score is made of; each is normalised on its own in training. */
  readonly objectives: readonly Objective[] | null;
  /** Empty for the recipe without own oracles; else differs with whatever decides a score. */
  readonly version: string;
}

export interface RewardSettings {
  readonly composition: Composition;
  readonly webhooks: readonly WebhookSettings[];
  readonly analysers: readonly AnalyserSettings[];
}

export const PURPCODE: Composition = { own: [], objectives: null, version: '' };

/** @throws PurpgateError `setting_invalid`, naming the path of the setting. */
export function rewardSettingsOf({ rewardsFile }: Config): RewardSettings {
  if (rewardsFile === null) return { composition: PURPCODE, webhooks: [], analysers: [] };
  return parseRewards(readSettingFile('REWARDS_FILE', rewardsFile), operatorSecret);
}

/** `secretOf`: the value of an environment variable of the operator. @throws PurpgateError `setting_invalid`. */
export function parseRewards(text: string, secretOf: (variable: string) => string | null): RewardSettings {
  const root = parseSettingFile('REWARDS_FILE', text);
  const recipe = root.choice('composition', ['purpcode', 'weighted']);
  const webhooks = root.mappings('oracles', 0).map((fields) => readWebhook(fields, secretOf));
  refuseRepeated(webhooks, 'oracles');
  const analysers = root.mappings('analysers', 0).map(readAnalyser);
  refuseRepeated(analysers, 'analysers');
  const own = [...webhooks, ...analysers].map(({ name, kinds, about }) => ({ name, kinds, about }));
  const objectives = recipe === 'weighted' ? readObjectives(root, own) : null;
  root.done();
  const isDefault = objectives === null && own.length === 0;
  return {
    composition: { own, objectives, version: isDefault ? '' : digestOf({ objectives, own }) },
    webhooks,
    analysers,
  };
}

const digestOf = (settings: unknown): string =>
  createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12);

function readWebhook(fields: SettingFields, secretOf: (variable: string) => string | null): WebhookSettings {
  const name = fields.text('name');
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(name)) fields.refuse('name', 'expected lower-case letters, digits and _');
  if (TAKEN.includes(name)) fields.refuse('name', `${name} is the name of something else in a reward`);
  const webhook = {
    name,
    url: readHttpUrl(fields, 'api_key_env'),
    apiKey: readSecret(fields, 'api_key_env', secretOf),
    version: fields.text('version', '1'),
    timeoutMs: fields.number('timeout_seconds', 5, { least: 0.05, most: 600, whole: false }) * 1000,
    kinds: readKinds(fields, KINDS),
    about: 'answer',
  } as const;
  fields.done();
  return webhook;
}

function readAnalyser(fields: SettingFields): AnalyserSettings {
  const name = fields.choice('name', ['bandit', 'semgrep']);
  const needsRules = ANALYSERS[name].rules === 'needed';
  const analyser = {
    name,
    command: fields.text('command', name),
    rules: needsRules ? fields.text('rules') : null,
    timeoutMs: fields.number('timeout_seconds', 30, { least: 0.05, most: 600, whole: false }) * 1000,
    kinds: ['code'],
    about: 'code',
  } as const;
  fields.done();
  return analyser;
}

function readKinds(fields: SettingFields, allowed: readonly SampleKind[]): readonly SampleKind[] {
  const given = fields.texts('kinds', allowed);
  const kinds = KINDS.filter((kind) => allowed.includes(kind) && given.includes(kind));
  if (kinds.length !== given.length || kinds.length === 0)
    fields.refuse('kinds', `expected some of ${allowed.join(', ')}, each once`);
  return kinds;
}

function readObjectives(root: SettingFields, own: readonly OwnOracleSettings[]): readonly Objective[] {
  const objectives = root.mappings('objectives').map((fields): Objective => {
    const name = fields.text('name');
    const component = WEIGHABLE.find((one) => one === name);
    const allowed = component === undefined ? own.find((one) => one.name === name)?.kinds : KINDS_OF[component];
    if (allowed === undefined)
      return fields.refuse('name', `expected one of ${[...WEIGHABLE, ...own.map((one) => one.name)].join(', ')}`);
    const weight = fields.number('weight', 1, { least: 0.001, most: 1000, whole: false });
    const objective = { name, weight, kinds: readKinds(fields, allowed) };
    fields.done();
    return objective;
  });
  refuseRepeated(objectives, 'objectives');
  const without = KINDS.find((kind) => !objectives.some(({ kinds }) => kinds.includes(kind)));
  if (without !== undefined) root.refuse('objectives', `no objective is about samples of the kind ${without}`);
  return objectives;
}

function refuseRepeated(named: readonly { readonly name: string }[], path: string): void {
  const repeated = named.findIndex(({ name }, index) => named.findIndex((other) => other.name === name) < index);
  if (repeated !== -1) refuseSetting(`${path}[${repeated}].name`, 'stands there twice');
}
