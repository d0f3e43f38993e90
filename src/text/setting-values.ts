/** Readers of single settings. Each throws an Error that says what is allowed. */
import { isIP } from 'node:net';
import { resolve } from 'node:path';

export const text = (value: string): string => value;
export const optionalText = (value: string): string | null => (value === '' ? null : value);

export const integer =
  (least: number, most: number) =>
  (value: string): number => {
    const number = Number(value);
    if (value === '' || !Number.isInteger(number) || number < least || number > most)
      throw new Error(`expected a whole number from ${least} to ${most}`);
    return number;
  };

export const oneOf =
  <const Choice extends string>(...choices: readonly Choice[]) =>
  (value: string): Choice => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new Error(`expected one of ${choices.join(', ')}`);
    return found;
  };

export const list = (value: string): readonly string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** As proxy-addr reads them, which would refuse others with a text that names no setting. */
export const networks = (value: string): readonly string[] => {
  const entries = list(value);
  const wrong = entries.find((entry) => {
    const [address = '', bits, ...rest] = entry.split('/');
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    return rest.length > 0 || most < 0 || (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > most));
  });
  if (wrong !== undefined) throw new Error(`expected addresses or networks such as 10.0.0.0/8, not ${wrong}`);
  return entries;
};

/** As Kafka's bootstrap.servers: `host:port`, with an IPv6 address in brackets. */
export const brokers = (value: string): readonly string[] => {
  const entries = list(value);
  const wrong = entries.find((entry) => !/^(\[[\da-fA-F:]+\]|[^\s:/@]+):\d{1,5}$/.test(entry));
  if (wrong !== undefined) throw new Error(`expected addresses such as kafka-1:9092, not ${wrong}`);
  return entries;
};

export const topicPrefix = (value: string): string => {
  if (!/^[a-zA-Z0-9._-]{0,100}$/.test(value)) throw new Error('expected at most 100 letters, digits, dots, dashes');
  return value;
};

export const optionalUrl =
  (...protocols: readonly string[]) =>
  (value: string): string | null => {
    if (value === '') return null;
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || !protocols.includes(url.protocol))
      throw new Error(`expected a URL that starts with ${protocols.join(' or ')}`);
    return value.replace(/\/+$/, '');
  };

export const folder = (value: string): string => {
  if (value === '') throw new Error('expected a folder');
  return resolve(value);
};
