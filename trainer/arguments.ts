/** Reads the values of `purpgate train`'s options. Each throws PurpgateError `setting_invalid`, saying what is allowed. */
import { resolve } from 'node:path';
import { PurpgateError } from '../src/errors.js';

/** An empty name, as of a shell variable that is not set, would be the working folder, whose files a run replaces. */
export function namedFolder(option: string, text = ''): string {
  if (text !== '') return resolve(text);
  throw refused(option, text, 'a folder');
}

type Range = readonly [least: number, most?: number];

export function wholeNumber(option: string, text: string, [least, most = Number.MAX_SAFE_INTEGER]: Range): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw refused(option, text, `a whole number ${range}`);
}

export function decimal(option: string, text: string, [least, most]: readonly [least: number, most: number]): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw refused(option, text, `a number from ${least} to ${most}`);
}

export function choice<const Choice extends string>(option: string, text: string, choices: readonly Choice[]): Choice {
  const found = choices.find((name) => name === text);
  if (found === undefined) throw refused(option, text, `one of ${choices.join(', ')}`);
  return found;
}

function refused(option: string, text: string, expected: string): PurpgateError {
  return new PurpgateError('setting_invalid', { publicMessage: `${option} (is "${text}"): expected ${expected}` });
}
