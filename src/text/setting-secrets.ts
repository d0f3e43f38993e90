/** Addresses of servers, and credentials for them, in files of settings. */
import type { SettingFields } from './setting-fields.js';

/** The field `url`, without slashes at its end. Credentials in an address would stand in logs and metrics. @throws PurpgateError `setting_invalid`. */
export function readHttpUrl(fields: SettingFields, instead: string): string {
  const text = fields.text('url').replace(/\/+$/, '');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    fields.refuse('url', 'expected a URL that starts with http: or https:');
  if (url.username !== '' || url.password !== '') fields.refuse('url', `holds credentials; use ${instead}`);
  if (url.search !== '' || url.hash !== '') fields.refuse('url', 'expected no query and no fragment');
  return text;
}

/** What the environment variable holds that a field names; null where there is no such field. @throws PurpgateError `setting_invalid`. */
export function readSecret(
  fields: SettingFields,
  name: string,
  secretOf: (variable: string) => string | null,
): string | null {
  if (fields.value(name) === undefined) return null;
  const variable = fields.text(name);
  // Not quoted: who wrote the key itself here must not find it in a log.
  if (!/^[A-Z][A-Z0-9_]*$/.test(variable)) fields.refuse(name, 'expected the name of an environment variable');
  return secretOf(variable) ?? fields.refuse(name, `the environment variable ${variable} is not set`);
}
