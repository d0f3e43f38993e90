/** Reads the section `webhooks` of `POLICIES_FILE`. */
import { operatorSecret } from '../config.js';
import { refuseSetting, type SettingFields } from '../text/setting-fields.js';
import { readHttpUrl, readSecret } from '../text/setting-secrets.js';
import { WEBHOOK_STAGES, type WebhookSettings } from './webhook.js';

/** By name. */
export type Webhooks = ReadonlyMap<string, WebhookSettings>;

/** @throws PurpgateError `setting_invalid`, naming the path of the setting. */
export function readWebhooks(root: SettingFields): Webhooks {
  return new Map(root.names.map((name) => [name, readWebhook(name, root.mapping(name))] as const));
}

/** Those that a policy names. @throws PurpgateError `setting_invalid`. */
export function namedWebhooks(fields: SettingFields, webhooks: Webhooks): readonly WebhookSettings[] {
  const names = fields.texts('webhooks', []);
  return names.map((name, index) => {
    const path = `${fields.pathOf('webhooks')}[${index}]`;
    if (names.indexOf(name) < index) refuseSetting(path, 'stands there twice');
    return webhooks.get(name) ?? refuseSetting(path, `expected one of ${[...webhooks.keys()].join(', ')}`);
  });
}

function readWebhook(name: string, fields: SettingFields): WebhookSettings {
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(name))
    refuseSetting(fields.path, 'the name of a webhook is lower-case letters, digits, - and _');
  const webhook = {
    name,
    url: readHttpUrl(fields, 'header'),
    header: fields.value('header') === undefined ? null : readHeader(fields.mapping('header')),
    timeoutMs: fields.number('timeout_seconds', 2, { least: 0.01, most: 60, whole: false }) * 1000,
    onError: fields.choice('on_error', ['block', 'allow']),
    stages: readStages(fields),
  };
  fields.done();
  return webhook;
}

function readHeader(fields: SettingFields): WebhookSettings['header'] {
  const name = fields.text('name').toLowerCase();
  if (!/^[a-z0-9-]+$/.test(name) || RESERVED.includes(name)) fields.refuse('name', 'expected the name of a header');
  fields.text('value_env');
  // It must be there; what it holds is not kept, so that a new value needs no new policy.
  readSecret(fields, 'value_env', operatorSecret);
  const header = { name, variable: fields.text('value_env') };
  fields.done();
  return header;
}

/** They say how the request is to be read. */
const RESERVED = ['connection', 'content-length', 'content-type', 'host', 'transfer-encoding', 'upgrade'];

function readStages(fields: SettingFields): WebhookSettings['stages'] {
  const given = fields.texts('stages', []);
  if (given.length === 0) fields.refuse('stages', `expected one or more of ${WEBHOOK_STAGES.join(', ')}`);
  return given.map((stage, index) => {
    const path = `${fields.pathOf('stages')}[${index}]`;
    return (
      WEBHOOK_STAGES.find((known) => known === stage) ??
      refuseSetting(path, `expected one of ${WEBHOOK_STAGES.join(', ')}`)
    );
  });
}
