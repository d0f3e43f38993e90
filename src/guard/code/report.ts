/** The reports of `purpgate scan`. */
import type { Finding, Severity } from '../../types.js';
import { sarifLog, type FaultyFile, type ScannedFile } from './sarif.js';

export type Format = 'text' | 'json' | 'sarif';

/** Each gives the text that is to be printed now. */
export interface Report {
  file(scanned: ScannedFile): string;
  /** A file with a fault may be given to `file` as well, with what could be found. */
  fault(file: string, error: string): string;
  /** Counts a file of a language that cannot be scanned. */
  skip(): void;
  end(): string;
}

export function createReport(format: Format): Report {
  switch (format) {
    case 'text':
      return textReport();
    case 'json':
      return jsonReport();
    case 'sarif':
      return sarifReport();
  }
}

function jsonReport(): Report {
  return {
    file: ({ file, findings }) =>
      findings
        .map(({ cwe, rule, severity, action, message, span }) => {
          const { line, endLine } = span ?? { line: 1, endLine: 1 };
          return `${JSON.stringify({ file, line, endLine, cwe, rule, severity, action, message })}\n`;
        })
        .join(''),
    fault: (file, error) => `${JSON.stringify({ file, error })}\n`,
    skip: () => undefined,
    end: () => '',
  };
}

function sarifReport(): Report {
  const files: ScannedFile[] = [];
  const faults: FaultyFile[] = [];
  return {
    file: (scanned) => {
      // The text of a file without findings is not needed any more.
      if (scanned.findings.length > 0) files.push(scanned);
      return '';
    },
    fault: (file, error) => {
      faults.push({ file, error });
      return '';
    },
    skip: () => undefined,
    end: () => `${JSON.stringify(sarifLog(files, faults), null, 2)}\n`,
  };
}

function textReport(): Report {
  const totals: Totals = { files: 0, skipped: 0, errors: 0, findings: { high: 0, medium: 0, low: 0 } };
  return {
    file: ({ file, code, findings }) => {
      totals.files += 1;
      for (const { severity } of findings) totals.findings[severity] += 1;
      return findings.map((finding) => describeFinding(file, code, finding)).join('');
    },
    fault: (file, error) => {
      totals.errors += 1;
      return `${file}: ${error}\n\n`;
    },
    skip: () => {
      totals.skipped += 1;
    },
    end: () => describeTotals(totals),
  };
}

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

function describeFinding(file: string, code: string, finding: Finding): string {
  const { severity, cwe, rule, action, message, advice, span } = finding;
  const place = span === null ? file : `${file}:${span.line}`;
  return `${place}: ${severity}, ${cwe ?? 'no CWE'}, ${rule} (${action})\n${excerpt(code, finding)}  ${message}\n  Instead: ${advice}\n\n`;
}

interface Totals {
  files: number;
  /** Files of languages that cannot be scanned. */
  skipped: number;
  errors: number;
  readonly findings: Record<Severity, number>;
}

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

function describeTotals({ files, skipped, errors, findings }: Totals): string {
  const { high, medium, low } = findings;
  const parts = [
    `${counted(high + medium + low, 'finding')} (${high} high, ${medium} medium, ${low} low) in ${counted(files, 'scanned file')}`,
    ...(errors > 0 ? [`${counted(errors, 'file')} with errors`] : []),
    ...(skipped > 0 ? [`${counted(skipped, 'file')} of other kinds skipped`] : []),
  ];
  return `${parts.join('; ')}.\n`;
}
