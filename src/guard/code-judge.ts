/** Asks the code scanner and turns its answer into a verdict by the policy. */
import { PurpgateError, toPurpgateError } from '../errors.js';
import type { Logger } from '../telemetry.js';
import type { Finding, Verdict } from '../types.js';
import type { CodeScanner, ScanResult } from './code/scanner.js';
import { withDeadline } from './deadline.js';
import { applyPolicy, isDenied, strongest, type Policy } from './policy.js';

export const CODE_GUARD = 'code-scanner';

/** Code above this is denied unseen; it bounds what a stream holds. In UTF-16 code units. */
export const LARGEST_UNIT = 1 << 20;

interface PrefixJudgement {
  /** Up to here the code is complete statements in which nothing was found; 0 while anything is in doubt. */
  readonly cleanEnd: number;
  /** The verdict that denies the code; null while nothing does. */
  readonly denial: Verdict | null;
}

interface CodeJudgeOptions {
  readonly policy: Policy;
  readonly scanner: CodeScanner;
  readonly logger: Logger;
  /** Milliseconds for one scan. */
  readonly deadlineMs: number;
}

/** Fails closed: what cannot be scanned gets a verdict that denies, under a policy that enforces. */
export class CodeJudge {
  constructor(private readonly options: CodeJudgeOptions) {}

  /** `language` where the scanner reads it, else null. */
  scannable(language: string | null): string | null {
    return language !== null && this.options.scanner.languages.includes(language) ? language : null;
  }

  /** Judges code whose end is still to come. @throws PurpgateError `request_aborted`. */
  async prefix(code: string, language: string, signal: AbortSignal): Promise<PrefixJudgement> {
    const started = performance.now();
    let denial: Verdict | null = null;
    try {
      const { completeEnd, result } = await this.inTime(signal, (scanSignal) =>
        this.options.scanner.scanPrefix(code, language, scanSignal),
      );
      const findings = this.findings(result);
      const denied = findings.filter(({ action }) => isDenied(action));
      // What lies behind the complete statements may be about half a statement, and is judged again later.
      const certain = denied.some(({ span }) => span === null || span.start < completeEnd);
      if (certain) denial = this.verdict(findings, { code, started });
      else if (denied.length === 0) return { cleanEnd: completeEnd, denial: null };
    } catch (thrown) {
      denial = this.failure(thrown, { code, started, signal });
    }
    return { cleanEnd: 0, denial };
  }

  /** Judges all of a unit. @throws PurpgateError `request_aborted`. */
  async whole(code: string, language: string | null, signal: AbortSignal): Promise<Verdict> {
    const started = performance.now();
    if (code.length > LARGEST_UNIT) return this.tooLarge();
    try {
      const known = this.scannable(language);
      if (known === null) return this.unsupported();
      const result = await this.inTime(signal, (scanSignal) => this.options.scanner.scan(code, known, scanSignal));
      if (result.outcome === 'unsupported') return this.unsupported();
      return this.verdict(this.findings(result), { code, started });
    } catch (thrown) {
      return this.failure(thrown, { code, started, signal });
    }
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

  private findings(result: ScanResult): Finding[] {
    return result.outcome === 'scanned'
      ? result.findings.map((finding) => applyPolicy(this.options.policy, finding))
      : [];
  }

  private verdict(findings: readonly Finding[], unit: { code: string; started: number }): Verdict {
    return {
      ...EMPTY,
      action: strongest(findings.map(({ action }) => action)),
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
