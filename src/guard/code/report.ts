/** The readable report of `purpgate scan`. */
import type { Finding, Severity } from '../../types.js';

/** Longer lines are cut around the finding. */
const MAX_WIDTH = 120;

/** The line of a finding with carets under it; tabs become spaces so that they stand right. */
function excerpt(code: string, finding: Finding): string {
  const { span } = finding;
  if (span === null) return '';
  const start = code.lastIndexOf('\n', span.start - 1) + 1;
  const lineEnd = code.indexOf('\n', span.start);
  const end = lineEnd === -1 ? code.length : lineEnd;
  const untab = (text: string): string => text.replaceAll('\t', '    ').replaceAll('\r', '');
  const before = untab(code.slice(start, span.start));
  const marked = untab(code.slice(span.start, Math.min(span.end, end)));
  const after = untab(code.slice(Math.min(span.end, end), end));
  const cut = Math.max(0, before.length + Math.min(marked.length, MAX_WIDTH / 2) - MAX_WIDTH);
  const number = String(span.line);
  const gutter = ' '.repeat(number.length);
  const text = `${before}${marked}${after}`.slice(cut, cut + MAX_WIDTH);
  const carets = '^'.repeat(Math.max(1, Math.min(marked.length, MAX_WIDTH - (before.length - cut))));
  return `  ${number} | ${text}\n  ${gutter} | ${' '.repeat(before.length - cut)}${carets}\n`;
}

export function describeFinding(file: string, code: string, finding: Finding): string {
  const { severity, cwe, rule, action, message, advice, span } = finding;
  const place = span === null ? file : `${file}:${span.line}`;
  return `${place}: ${severity}, ${cwe ?? 'no CWE'}, ${rule} (${action})\n${excerpt(code, finding)}  ${message}\n  Instead: ${advice}\n\n`;
}

export interface Totals {
  files: number;
  /** Files of languages that cannot be scanned. */
  skipped: number;
  errors: number;
  readonly findings: Record<Severity, number>;
}

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

export function describeTotals({ files, skipped, errors, findings }: Totals): string {
  const { high, medium, low } = findings;
  const parts = [
    `${counted(high + medium + low, 'finding')} (${high} high, ${medium} medium, ${low} low) in ${counted(files, 'scanned file')}`,
    ...(errors > 0 ? [`${counted(errors, 'file')} with errors`] : []),
    ...(skipped > 0 ? [`${counted(skipped, 'file')} of other kinds skipped`] : []),
  ];
  return `${parts.join('; ')}.\n`;
}
