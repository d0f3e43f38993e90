/** Asks the code scanner and turns its answer into a verdict by the policy. */
import { PurpgateError, toPurpgateError } from '../errors.js';
import type { Logger } from '../telemetry.js';
import type { Finding, Verdict } from '../types.js';
import type { PrefixResult } from './code/scan.js';
import type { CodeScanner, ScanResult } from './code/scanner.js';
import { withDeadline } from './deadline.js';
import type { CodePart } from './embedded-code.js';
import { countLines, type History } from './history.js';
import { applyPolicy, isDenied, strongest, type Policy } from './policy.js';
import type { RequestWebhooks } from './webhooks.js';

export const CODE_GUARD = 'code-scanner';

/** Code above this is denied unseen; it bounds what a stream holds. In UTF-16 code units. */
export const LARGEST_UNIT = 1 << 20;

export interface CodeToJudge {
  readonly code: string;
  readonly language: string | null;
  /** Of all files that it may be written to, where a tool names them. */
  readonly paths?: readonly string[];
  /** Lines, from 1, that are new; a finding elsewhere is none of the unit's. Absent: all are. */
  readonly changed?: ReadonlySet<number>;
  /** What was shown before, and the unit as it stands behind that: the same lines, perhaps indented. */
  readonly after?: { readonly history: History; readonly placed: string };
}

interface PrefixJudgement {
  /** So many lines are complete statements in which nothing was found; 0 while anything is in doubt. */
  readonly cleanLines: number;
  /** The verdict that denies the code; null while nothing does. */
  readonly denial: Verdict | null;
}

interface Looked {
  readonly findings: readonly Finding[];
  /** Lines of the unit that hold complete statements only. */
  readonly completeLines: number;
  readonly hasErrors: boolean;
  /** Everything that the scanner said, with the text it said it about. */
  readonly scans: readonly (readonly [findings: readonly Finding[], source: string])[];
}

type Scan = (code: string) => Promise<PrefixResult>;

interface CodeJudgeOptions {
  readonly policy: Policy;
  readonly scanner: CodeScanner;
  readonly logger: Logger;
  /** Milliseconds for one scan. */
  readonly deadlineMs: number;
  /** Of the request, where its policy has code judged by webhooks: nothing of a unit may go before they have said so. */
  readonly webhooks?: RequestWebhooks;
}

/** Fails closed: what cannot be scanned gets a verdict that denies, under a policy that enforces. */
export class CodeJudge {
  constructor(private readonly options: CodeJudgeOptions) {}

  get release(): Policy['release'] {
    return this.holdsAll ? 'by-block' : this.options.policy.release;
  }

  /** Whether code that no scanner reads waits for its end, too. */
  get holdsAll(): boolean {
    return this.options.webhooks !== undefined;
  }

  /** What others than the scanner say about code, whole. @throws PurpgateError `request_aborted`. */
  async others(parts: readonly CodePart[], tool: string | null, signal: AbortSignal): Promise<readonly Verdict[]> {
    return this.options.webhooks?.code(parts, tool, signal) ?? [];
  }

  /** `language` where the scanner reads it, else null. */
  scannable(language: string | null): string | null {
    return language !== null && this.options.scanner.languages.includes(language) ? language : null;
  }

  /** Judges code whose end is still to come. @throws PurpgateError `request_aborted`. */
  async prefix(unit: CodeToJudge, signal: AbortSignal): Promise<PrefixJudgement> {
    const { code } = unit;
    const started = performance.now();
    let denial: Verdict | null = null;
    try {
      const language = this.scannable(unit.language) ?? '';
      const scan: Scan = (source) =>
        this.inTime(signal, (scanSignal) => this.options.scanner.scanPrefix(source, language, scanSignal));
      const { findings, completeLines, hasErrors } = await this.look(unit, scan);
      const denied = findings.filter(({ action }) => isDenied(action));
      // What lies behind the complete statements may be about half a statement, and is judged again later; so is what half a
      // statement may do to code that was shown before.
      const certain = denied.some(({ span }) => span !== null && span.line <= completeLines);
      if (certain) denial = this.verdict(findings, { code, started });
      else if (denied.length === 0) {
        // Half a statement is an error, too; one in what is complete may hide a finding, so that only the whole is judged.
        const isSound = !hasErrors || !(await this.hasErrors(firstLines(code, completeLines), scan));
        return { cleanLines: isSound ? completeLines : 0, denial: null };
      }
    } catch (thrown) {
      denial = this.failure(thrown, { code, started, signal });
    }
    return { cleanLines: 0, denial };
  }

  /** Judges all of a unit, and adds it to the history. @throws PurpgateError `request_aborted`. */
  async whole(unit: CodeToJudge, signal: AbortSignal): Promise<Verdict> {
    const { code } = unit;
    const started = performance.now();
    if (code.length > LARGEST_UNIT) return this.tooLarge();
    const language = this.scannable(unit.language);
    if (language === null) return this.unsupported();
    try {
      const scan: Scan = async (source) => ({
        completeEnd: source.length,
        result: await this.inTime(signal, (scanSignal) => this.options.scanner.scan(source, language, scanSignal)),
      });
      const { findings, scans, hasErrors } = await this.look(unit, scan);
      if (unit.after !== undefined) unit.after.history.add(unit.after.placed, scans);
      const inPieces = hasErrors && unit.changed === undefined ? await this.lookAtPieces(unit, scan) : [];
      return this.verdict(merged(findings, inPieces), { code, started });
    } catch (thrown) {
      return this.failure(thrown, { code, started, signal });
    }
  }

  private async hasErrors(code: string, scan: Scan): Promise<boolean> {
    if (code === '') return false;
    const { result } = await scan(code);
    return result.outcome === 'scanned' && result.parse === 'errors';
  }

  /** Scans the unit by itself and, where something was shown before, behind that: an earlier block may hide a later one, or complete it. */
  private async look({ code, changed, after, paths }: CodeToJudge, scan: Scan): Promise<Looked> {
    const { completeEnd, result } = await scan(code);
    const alone = this.findings(result, paths).filter(
      ({ span }) => changed === undefined || span === null || touches(changed, span),
    );
    const completeLines = countLines(code.slice(0, completeEnd));
    const hasErrors = result.outcome === 'scanned' && result.parse === 'errors';
    if (after === undefined || after.history.code === '')
      return { findings: alone, completeLines, hasErrors, scans: [[alone, code]] };
    const { history, placed } = after;
    const source = history.code + placed;
    const joined = await scan(source);
    const joinedFindings = this.findings(joined.result, paths);
    const inUnit: Finding[] = [];
    for (const finding of joinedFindings) {
      const line = (finding.span?.line ?? 0) - history.lines;
      if (line > 0) inUnit.push({ ...finding, span: lineSpan(code, line) });
      else if (!history.isKnown(finding, source)) inUnit.push({ ...finding, span: null });
    }
    return {
      findings: merged(alone, inUnit),
      hasErrors,
      completeLines: Math.min(completeLines, countLines(source.slice(0, joined.completeEnd)) - history.lines),
      scans: [
        [alone, code],
        [joinedFindings, source],
      ],
    };
  }

  /** A bracket or a quote that stays open hides what follows: each definition and run of imports is scanned by itself. */
  private async lookAtPieces({ code, paths }: CodeToJudge, scan: Scan): Promise<Finding[]> {
    const found: Finding[] = [];
    let line = 0;
    for (const piece of joined(code.split(PIECES), code.length / MOST_PIECES)) {
      for (const finding of this.findings((await scan(piece)).result, paths))
        found.push({ ...finding, span: lineSpan(code, line + (finding.span?.line ?? 1)) });
      line += countLines(piece);
    }
    return found;
  }

  tooLarge(): Verdict {
    return { ...EMPTY, action: this.denyingAction(), label: 'too_large' };
  }

  /** Nothing was looked at, and the record says so. */
  private unsupported(): Verdict {
    return { ...EMPTY, label: 'unsupported_language' };
  }

  private failure(thrown: unknown, unit: { code: string; started: number; signal: AbortSignal }): Verdict {
    if (unit.signal.aborted) throw new PurpgateError('request_aborted', { cause: thrown });
    this.options.logger.error({ error: toPurpgateError(thrown), guard: CODE_GUARD }, 'a guard could not judge');
    const ms = performance.now() - unit.started;
    return { ...EMPTY, action: this.denyingAction(), label: 'guard_failed', ms };
  }

  private denyingAction(): 'block' | 'observe' {
    return this.options.policy.mode === 'enforce' ? 'block' : 'observe';
  }

  private findings(result: ScanResult, paths?: readonly string[]): Finding[] {
    return result.outcome === 'scanned'
      ? result.findings.map((finding) => applyPolicy(this.options.policy, finding, paths))
      : [];
  }

  private verdict(findings: readonly Finding[], unit: { code: string; started: number }): Verdict {
    const action = strongest(findings.map((finding) => finding.action));
    return {
      ...EMPTY,
      // It is blocked until it was repaired; the findings say that a repair is wanted.
      action: action === 'repair' ? 'block' : action,
      label: findings.length === 0 ? 'safe_code' : 'vulnerable_code',
      findings,
      scannedBytes: Buffer.byteLength(unit.code),
      ms: performance.now() - unit.started,
    };
  }

  /** The scanner has a deadline of its own; this one also bounds the wait for a free worker. */
  private inTime<Result>(signal: AbortSignal, scan: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return withDeadline({ ms: this.options.deadlineMs, signal }, scan);
  }
}

const EMPTY: Verdict = {
  stage: 'output',
  guard: CODE_GUARD,
  action: 'allow',
  label: 'safe_code',
  score: null,
  findings: [],
  scannedBytes: 0,
  ms: 0,
};

/** Before a definition that is not decorated, its first decorator, and imports that follow upon none. */
const PIECES = /(?<!^@[^\n]*\n)^(?=@|(?:async )?def |class )|(?<!^(?:import|from)[^\n]*\n)^(?=(?:import|from) )/m;

const MOST_PIECES = 64;

/** Neighbours together, until each is at least so long. */
function joined(pieces: readonly string[], least: number): string[] {
  const groups: string[] = [];
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (last === undefined || last.length >= least) groups.push(piece);
    else groups[groups.length - 1] = last + piece;
  }
  return groups;
}

function firstLines(code: string, count: number): string {
  let end = 0;
  for (let line = 0; line < count; line += 1) end = code.indexOf('\n', end) + 1;
  return code.slice(0, end);
}

function touches(lines: ReadonlySet<number>, span: NonNullable<Finding['span']>): boolean {
  for (let line = span.line; line <= span.endLine; line += 1) if (lines.has(line)) return true;
  return false;
}

function lineSpan(code: string, line: number): NonNullable<Finding['span']> {
  const start = firstLines(code, line - 1).length;
  const end = code.indexOf('\n', start);
  return { start, end: end < 0 ? code.length : end, line, endLine: line };
}

/** One finding for each rule and line: the one with the stronger action. */
function merged(findings: readonly Finding[], others: readonly Finding[]): Finding[] {
  const byPlace = new Map<string, Finding>();
  for (const finding of [...findings, ...others]) {
    const place = `${finding.rule} ${finding.span?.line ?? 0}`;
    const known = byPlace.get(place);
    if (known === undefined || strongest([known.action, finding.action]) !== known.action) byPlace.set(place, finding);
  }
  return [...byPlace.values()];
}
