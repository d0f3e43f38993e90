/** Named policies and who is served by which: the built-in ones, and what `POLICIES_FILE` says. docs/guard.md describes the file. */
import type { Config } from '../config.js';
import { refuseSetting, type SettingFields } from '../text/setting-fields.js';
import { parseSettingFile, readSettingFile } from '../text/setting-file.js';
import { hasRule } from './code/languages.js';
import { namedWebhooks, readWebhooks, type Webhooks } from './webhook-file.js';
import { BUILT_IN, effective, type CodeAction, type Policy, type Suppression, type TextActions } from './policy.js';

/** Whom a request is from, and what it asks for. */
export interface PolicyScope {
  readonly tenant: string;
  readonly keyId: string;
  /** Every id by which the model that answers may be called: an alias must not walk around a policy. */
  readonly models: readonly string[];
}

interface PolicyUse {
  readonly policy: string;
  /** Null: any. */
  readonly key: string | null;
  readonly tenant: string | null;
  readonly model: string | null;
}

export interface PolicySet {
  /** By name, as they are in effect. */
  readonly policies: ReadonlyMap<string, Policy>;
  readonly uses: readonly PolicyUse[];
  /** Name of the policy for whom no use is meant. */
  readonly fallback: string;
}

/** @throws PurpgateError `setting_invalid`, naming the path of the setting. */
export function loadPolicies({ policiesFile, policy }: Pick<Config, 'policiesFile' | 'policy'>): PolicySet {
  return parsePolicies(policiesFile === null ? '{}' : readSettingFile('POLICIES_FILE', policiesFile), policy);
}

/** As it is in effect. @throws PurpgateError `setting_invalid`, naming the option. */
export function policyNamed({ policies }: PolicySet, name: string, option: string): Policy {
  const names = [...policies.keys()].join(', ');
  return policies.get(name) ?? refuseSetting(`${option} (is "${name}")`, `expected one of ${names}`);
}

/** Name of the policy of a request. The most specific use wins: one that names the key, then the tenant, then the model. */
export function choosePolicy({ uses, fallback }: PolicySet, scope: PolicyScope): string {
  let best: PolicyUse | null = null;
  for (const use of uses) if (isMeant(use, scope) && (best === null || weightOf(use) > weightOf(best))) best = use;
  return best?.policy ?? fallback;
}

function isMeant({ key, tenant, model }: PolicyUse, scope: PolicyScope): boolean {
  return (
    (key === null || key === scope.keyId) &&
    (tenant === null || tenant === scope.tenant) &&
    (model === null || scope.models.includes(model))
  );
}

function weightOf({ key, tenant, model }: PolicyUse): number {
  return (key === null ? 0 : 4) + (tenant === null ? 0 : 2) + (model === null ? 0 : 1);
}

/** `fallback`: as GUARD_POLICY names it. @throws PurpgateError `setting_invalid`. */
export function parsePolicies(text: string, fallback: string): PolicySet {
  const root = parseSettingFile('POLICIES_FILE', text);
  const webhooks = readWebhooks(root.mapping('webhooks'));
  const written = readPolicies(root.mapping('policies'), webhooks);
  const names = [...written.keys()];
  const uses = root.mappings('use', 0).map((fields) => readUse(fields, names));
  root.done();
  for (const [index, use] of uses.entries())
    if (uses.findIndex((other) => scopeText(other) === scopeText(use)) < index)
      refuseSetting(`use[${index}]`, 'another entry is about the same requests');
  if (!written.has(fallback)) refuseSetting(`GUARD_POLICY (is "${fallback}")`, `expected one of ${names.join(', ')}`);
  return { policies: new Map([...written].map(([name, policy]) => [name, effective(policy)])), uses, fallback };
}

const scopeText = ({ key, tenant, model }: PolicyUse): string => JSON.stringify([key, tenant, model]);

function readUse(fields: SettingFields, names: readonly string[]): PolicyUse {
  const optional = (name: string): string | null => (fields.value(name) === undefined ? null : fields.text(name));
  const use = {
    policy: fields.text('policy'),
    key: optional('key'),
    tenant: optional('tenant'),
    model: optional('model'),
  };
  if (!names.includes(use.policy)) fields.refuse('policy', `expected one of ${names.join(', ')}`);
  fields.done();
  return use;
}

/** All policies by name, the built-in ones first, as they are written. */
function readPolicies(root: SettingFields, webhooks: Webhooks): ReadonlyMap<string, Policy> {
  const read = new Map<string, Policy>(Object.entries(BUILT_IN));
  for (const name of root.names)
    if (read.has(name)) refuseSetting(root.pathOf(name), 'is the name of a policy that is built in');
    else if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(name))
      refuseSetting(root.pathOf(name), 'the name of a policy is lower-case letters, digits, - and _');
  const readNamed = (name: string, below: readonly string[]): Policy => {
    const known = read.get(name);
    if (known !== undefined) return known;
    const fields = root.mapping(name);
    const parent = fields.text('extends', 'default');
    const lineage = [...below, name];
    if (lineage.includes(parent)) fields.refuse('extends', `${[...lineage, parent].join(' extends ')}: without an end`);
    if (!read.has(parent) && !root.names.includes(parent))
      fields.refuse('extends', `expected one of ${[...read.keys(), ...root.names].join(', ')}`);
    const policy = readPolicy(name, fields, { parent: readNamed(parent, lineage), webhooks });
    read.set(name, policy);
    return policy;
  };
  for (const name of root.names) readNamed(name, []);
  return read;
}

/** What is not given is the parent's; rules and suppressions are added to its. */
function readPolicy(
  name: string,
  fields: SettingFields,
  { parent, webhooks }: { parent: Policy; webhooks: Webhooks },
): Policy {
  const policy: Policy = {
    name,
    mode: fields.choice('mode', ['enforce', 'observe'], parent.mode),
    code: readSeverities(fields.mapping('code'), parent.code),
    rules: { ...parent.rules, ...readRules(fields.mapping('rules')) },
    suppressions: [...parent.suppressions, ...fields.mappings('suppressions', 0).map(readSuppression)],
    release: fields.choice('release', ['by-statement', 'by-block'], parent.release),
    repair: fields.choice('repair', ['on', 'off'], parent.repair ? 'on' : 'off') === 'on',
    secrets: readTextActions(fields, 'secrets', parent.secrets),
    personalData: readTextActions(fields, 'personal_data', parent.personalData),
    prompt: readPrompt(fields.mapping('prompt'), parent.prompt),
    webhooks: fields.value('webhooks') === undefined ? parent.webhooks : namedWebhooks(fields, webhooks),
  };
  fields.done();
  return policy;
}

const CODE_ACTIONS: readonly CodeAction[] = ['by-rule', 'block', 'repair', 'annotate', 'observe'];

function readSeverities(fields: SettingFields, parent: Policy['code']): Policy['code'] {
  const code = {
    high: fields.choice('high', CODE_ACTIONS, parent.high),
    medium: fields.choice('medium', CODE_ACTIONS, parent.medium),
    low: fields.choice('low', CODE_ACTIONS, parent.low),
  };
  fields.done();
  return code;
}

function readRules(fields: SettingFields): Policy['rules'] {
  const rules = fields.names.map((id) => [id, fields.choice(id, CODE_ACTIONS)] as const);
  for (const [id] of rules) refuseUnknown(id, fields.pathOf(id));
  return Object.fromEntries(rules);
}

/** A rule that does not exist is a mistake that nobody would see. */
function refuseUnknown(id: string, path: string): void {
  if (!hasRule(id)) refuseSetting(path, 'there is no such rule (docs/guard-scanner.md)');
}

function readSuppression(fields: SettingFields): Suppression {
  const suppression = {
    rules: fields.texts('rules', []),
    paths: fields.texts('paths', []),
    reason: fields.text('reason'),
  };
  for (const [index, id] of suppression.rules.entries()) refuseUnknown(id, `${fields.pathOf('rules')}[${index}]`);
  if (suppression.paths.length === 0) fields.refuse('paths', 'expected at least one pattern');
  fields.done();
  return suppression;
}

const TEXT_ACTIONS = ['redact', 'block', 'annotate', 'off'] as const;

/** One action, or one each for text and for arguments of tools. */
function readTextActions(fields: SettingFields, name: string, parent: TextActions): TextActions {
  if (typeof fields.value(name) === 'string') {
    const action = fields.choice(name, TEXT_ACTIONS);
    return { text: action, tools: action };
  }
  const each = fields.mapping(name);
  const actions = {
    text: each.choice<TextActions['text']>('text', TEXT_ACTIONS, parent.text),
    tools: each.choice<TextActions['tools']>('tools', TEXT_ACTIONS, parent.tools),
  };
  each.done();
  return actions;
}

function readPrompt(fields: SettingFields, parent: Policy['prompt']): Policy['prompt'] {
  const blockFrom = fields.mapping('block_from');
  const score = (of: SettingFields, name: string, fallback: number): number =>
    of.number(name, fallback, { least: 0, most: 2, whole: false });
  const prompt = {
    action: fields.choice('action', ['answer', 'refuse', 'annotate', 'off'], parent.action),
    blockFrom: {
      malicious: score(blockFrom, 'malicious', parent.blockFrom.malicious),
      jailbreak: score(blockFrom, 'jailbreak', parent.blockFrom.jailbreak),
      injection: score(blockFrom, 'injection', parent.blockFrom.injection),
    },
    annotateFrom: score(fields, 'annotate_from', parent.annotateFrom),
  };
  blockFrom.done();
  fields.done();
  return prompt;
}
