/** The report of `purpgate scan` as SARIF 2.1.0 (OASIS), in the part of it that code scanning services read. */
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Finding, Severity, Span } from '../../types.js';

/** A file that was looked at. */
export interface ScannedFile {
  readonly file: string;
  readonly code: string;
  readonly findings: readonly Finding[];
}

/** A file that could not be read, or not parsed to its end. */
export interface FaultyFile {
  readonly file: string;
  readonly error: string;
}

const LEVEL = { high: 'error', medium: 'warning', low: 'note' } as const satisfies Record<Severity, string>;
/** GitHub sorts by it: from 7.0 high, from 4.0 medium, below that low. */
const SECURITY_SEVERITY = { high: '8.0', medium: '5.5', low: '3.0' } as const satisfies Record<Severity, string>;

export function sarifLog(files: readonly ScannedFile[], faults: readonly FaultyFile[]): object {
  const findings = files.flatMap(({ findings }) => findings);
  const rules = [...new Map(findings.map((finding) => [finding.rule, finding])).values()];
  const indexOf = new Map(rules.map(({ rule }, index) => [rule, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'purpgate', rules: rules.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: faults.map(({ file, error }) => ({
              level: 'warning',
              message: { text: error },
              locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) } } }],
            })),
          },
        ],
        results: files.flatMap(({ file, code, findings }) =>
          findings.map((finding) => ({
            ruleId: finding.rule,
            ruleIndex: indexOf.get(finding.rule),
            level: LEVEL[finding.severity],
            message: { text: finding.message },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: uriOf(file) },
                  ...(finding.span === null ? {} : { region: regionOf(code, finding.span) }),
                },
              },
            ],
            properties: { action: finding.action },
          })),
        ),
      },
    ],
  };
}

function ruleOf({ rule, cwe, severity, message, advice }: Finding): object {
  const weakness = cwe === null ? [] : [`external/cwe/${cwe.toLowerCase()}`];
  return {
    id: rule,
    shortDescription: { text: message },
    fullDescription: { text: message },
    help: { text: advice },
    defaultConfiguration: { level: LEVEL[severity] },
    properties: { tags: ['security', ...weakness], 'security-severity': SECURITY_SEVERITY[severity] },
  };
}

/** Lines and columns from 1; the end column is the one behind the last character (SARIF 2.1.0, 3.30). */
function regionOf(code: string, { start, end, line, endLine }: Span): object {
  const column = (offset: number): number => offset - code.lastIndexOf('\n', offset - 1);
  return { startLine: line, startColumn: column(start), endLine, endColumn: column(end) };
}

/** Relative paths stay relative: to the folder that the command was run in. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split(/[\\/]/).map(encodeURIComponent).join('/');
}
