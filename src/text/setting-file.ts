/** Files of settings in YAML: what they hold, or why they cannot be read. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { PurpgateError } from '../errors.js';
import { refuseSetting, SettingFields } from './setting-fields.js';

/** `setting` names the file. @throws PurpgateError `setting_invalid`. */
export function readSettingFile(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new PurpgateError('setting_invalid', {
      publicMessage: `${setting} (is "${path}"): ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      cause: thrown,
    });
  }
}

/** `setting`: as errors of the syntax name the text. @throws PurpgateError `setting_invalid`. */
export function parseSettingFile(setting: string, text: string): SettingFields {
  const document = parseDocument(text);
  const [error] = document.errors;
  // Its first line says what and where; the others quote the file.
  if (error !== undefined) refuseSetting(setting, error.message.split('\n')[0] ?? error.code);
  return new SettingFields(document.toJS(), '');
}
