/** Options that select samples: the same for every command that works on them. */
import { SAMPLE_KINDS } from '../events/interaction.js';
import type { SampleFilter } from '../reward/samples.js';

/** What the caller typed is wrong; the text says how. */
export class UsageError extends Error {}

export const TIME_HELP = '2027-01-31, 2027-01-31T12:00:00Z, or so long ago: 12h, 30d';

const UNIT_MS = { h: 3_600_000, d: 86_400_000 };

/** @throws UsageError */
export function parseMoment(option: string, value: string | undefined): Date | undefined {
  if (value === undefined) return undefined;
  const ago = /^(\d{1,6})([hd])$/.exec(value);
  const unit = ago?.[2] === 'h' ? UNIT_MS.h : UNIT_MS.d;
  const time = ago === null ? Date.parse(value) : Date.now() - Number(ago[1]) * unit;
  if (Number.isNaN(time)) throw new UsageError(`--${option}: "${value}" is no time such as ${TIME_HELP}`);
  return new Date(time);
}

/** @throws UsageError */
export function parseCount(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 1) throw new UsageError(`--${option} must be a whole number from 1 on`);
  return count;
}

export const SAMPLE_OPTIONS = {
  since: { type: 'string' },
  until: { type: 'string' },
  kind: { type: 'string' },
} as const;

/** @throws UsageError */
export function parseSampleFilter(values: {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly kind?: string | undefined;
}): SampleFilter {
  const since = parseMoment('since', values.since);
  const until = parseMoment('until', values.until);
  const kind = SAMPLE_KINDS.find((known) => known === values.kind);
  if (kind === undefined && values.kind !== undefined)
    throw new UsageError(`--kind must be one of ${SAMPLE_KINDS.join(', ')}`);
  return { ...(since && { since }), ...(until && { until }), ...(kind && { kind }) };
}
