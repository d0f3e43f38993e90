/** What each analyser is asked for, and how its report is read. */
import { jsonObject, list, number, shape, text, type Reader } from '../events/read.js';

export interface AnalyserFinding {
  /** As the analyser names it. */
  readonly rule: string;
  /** Such as `CWE-78`. */
  readonly cwe: string | null;
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  readonly message: string;
}

export interface AnalyserReport {
  /** Of medium severity or more. */
  readonly findings: readonly AnalyserFinding[];
  /** Files that it has read. */
  readonly files: readonly string[];
  /** Why its silence says nothing; null when it has read everything. */
  readonly failure: string | null;
}

export interface Analyser {
  /** That it reads, with the extension of their files. */
  readonly languages: Readonly<Record<string, string>>;
  /** Whether the operator has to name a file of rules. */
  readonly rules: 'needed' | 'own';
  /** That print its version. */
  readonly versionArguments: readonly string[];
  readonly argumentsFor: (folder: string, rules: string | null) => readonly string[];
  /** @throws PurpgateError `event_invalid`, SyntaxError for what is no report. */
  readonly read: (output: string) => AnalyserReport;
}

export type AnalyserName = 'bandit' | 'semgrep';

const object: Reader<Readonly<Record<string, unknown>>> = jsonObject;

/** https://bandit.readthedocs.io, the format json. */
const bandit: Analyser = {
  languages: { python: 'py' },
  rules: 'own',
  versionArguments: ['--version'],
  argumentsFor: (folder) => ['-f', 'json', '-q', '-r', '--ignore-nosec', folder],
  read: (output) => {
    const { results, errors, metrics } = readBandit(JSON.parse(output), '');
    const findings = results
      .filter(({ issue_severity: severity }) => severity !== 'LOW')
      .map(({ test_id: rule, issue_cwe: cwe, filename: file, line_number: line, issue_text: message }) => ({
        ...{ rule, file, line, message },
        cwe: typeof cwe['id'] === 'number' ? `CWE-${cwe['id']}` : null,
      }));
    return { findings, files: Object.keys(metrics), failure: errors[0]?.reason ?? null };
  },
};

const readBandit = shape({
  errors: list(shape({ reason: text })),
  metrics: object,
  results: list(
    shape({
      test_id: text,
      issue_severity: text,
      issue_cwe: object,
      filename: text,
      line_number: number,
      issue_text: text,
    }),
  ),
});

/** https://semgrep.dev/docs/semgrep-appsec-platform/json-and-sarif, the format JSON. Rules come from a file: nothing is fetched or sent. */
const semgrep: Analyser = {
  languages: { python: 'py', javascript: 'js', typescript: 'ts', c: 'c', cpp: 'cpp' },
  rules: 'needed',
  // Else it asks its maker's server for news, and waits for it where there is no way out.
  versionArguments: ['--version', '--disable-version-check'],
  argumentsFor: (folder, rules) => [
    ...['scan', '--json', '--quiet', '--metrics=off', '--disable-version-check', '--disable-nosem', '--no-git-ignore'],
    ...['--config', rules ?? '', folder],
  ],
  read: (output) => {
    const { results, errors, paths } = readSemgrep(JSON.parse(output), '');
    const findings = results
      .filter(({ extra: { severity } }) => severity !== 'INFO' && severity !== 'LOW')
      .map(({ check_id: rule, path: file, start: { line }, extra: { message, metadata } }) => ({
        ...{ rule, file, line, message },
        cwe: /CWE-\d+/.exec(JSON.stringify(metadata['cwe'] ?? ''))?.[0] ?? null,
      }));
    return { findings, files: paths.scanned, failure: errors.length === 0 ? null : `${errors.length} errors` };
  },
};

const readSemgrep = shape({
  errors: list(object),
  paths: shape({ scanned: list(text) }),
  results: list(
    shape({
      check_id: text,
      path: text,
      start: shape({ line: number }),
      extra: shape({ message: text, severity: text, metadata: object }),
    }),
  ),
});

export const ANALYSERS: Readonly<Record<AnalyserName, Analyser>> = { bandit, semgrep };
