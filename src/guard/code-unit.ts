import { Dedenter, detectLanguage } from '../text/fences.js';
import type { Verdict } from '../types.js';
import { LARGEST_UNIT, type CodeJudge } from './code-judge.js';
import { embeddedCode, withoutPrompt } from './embedded-code.js';
import { strongest } from './policy.js';

/** What to do with the raw lines of the unit that still wait: let so many characters go, or withhold all of them. */
export type UnitStep =
  | { readonly type: 'hold' }
  | { readonly type: 'release'; readonly length: number }
  | { readonly type: 'deny'; readonly verdict: Verdict };

const HOLD: UnitStep = { type: 'hold' };

/**
 * One stretch of code, line by line.
 *
 *   undecided ──label or content says a scanned language──▶ scanned ──┐
 *       │                                                             ├──finding──▶ denied
 *       └──content says another language──▶ flowing                   │
 *
 * - undecided: the label names no scanned language and the content is not clear yet. Everything is held.
 * - scanned: held to the last complete top-level statement that was scanned and found clean.
 * - flowing: code that no scanner reads. Let go line by line.
 * - denied: something was found, or could not be judged. Nothing more of the unit is let go, whatever comes.
 *
 * A scan is asked for when a line begins a new top-level statement, and not before the code has grown by an eighth since the last one:
 * so n lines cost O(n) scanned characters in all, and the moments depend on the text alone, never on how it was cut into Deltas.
 * At the end the unit is judged as a whole, which sees what no beginning of it shows.
 */
export class CodeUnit {
  private state: 'undecided' | 'scanned' | 'flowing' | 'denied' = 'undecided';
  private language: string | null;
  private readonly dedenter = new Dedenter();
  /** Code as scanned: without indentation of the whole and without interpreter prompts. */
  private readonly lines: string[] = [];
  private codeLength = 0;
  private nextScanAt = 0;
  /** Lines that wait: how long each is in the stream, and where it ends in the code. */
  private waiting: { raw: number; codeEnd: number }[] = [];

  /** `head`: characters of the opening fence line; they leave with the first line that does. */
  constructor(
    private readonly judge: CodeJudge,
    readonly label: string | null,
    private head: number,
  ) {
    this.language = label;
    if (judge.scannable(label) !== null) this.state = 'scanned';
  }

  get isDenied(): boolean {
    return this.state === 'denied';
  }

  /** Takes a whole line with its line break. @throws PurpgateError `request_aborted`. */
  async line(raw: string, signal: AbortSignal): Promise<UnitStep> {
    if (this.state === 'denied') return HOLD;
    const line = withoutPrompt(this.dedenter.line(raw));
    const isStatement =
      this.lines.length > 0 && /^[^\s#)\]}]/.test(line) && !/^(?:else|elif|except|finally)\b/.test(line);
    this.lines.push(line);
    this.codeLength += line.length;
    this.waiting.push({ raw: raw.length, codeEnd: this.codeLength });
    if (this.codeLength > LARGEST_UNIT) return this.refuse();
    const isTime = this.codeLength >= this.nextScanAt;
    if (isTime && this.state === 'undecided') this.state = this.decide();
    switch (this.state) {
      case 'undecided':
        return HOLD;
      case 'flowing':
        return this.release(this.codeLength);
      case 'scanned':
        return isTime && isStatement ? this.scan(signal) : HOLD;
    }
  }

  /** Denies what is too large to be judged. */
  refuse(): UnitStep {
    return this.deny(this.judge.tooLarge());
  }

  /** Judges the whole unit. The verdict denies what still waits, or all of it may go. */
  async end(signal: AbortSignal): Promise<Verdict> {
    const code = this.lines.join('');
    const units = embeddedCode(code, this.language, (language) => this.judge.scannable(language));
    if (units.length === 0) return this.judge.whole(code, this.language, signal);
    const verdicts: Verdict[] = [];
    for (const unit of units) verdicts.push(await this.judge.whole(unit.code, unit.language, signal));
    return combine(verdicts);
  }

  private decide(): 'undecided' | 'scanned' | 'flowing' {
    this.nextScanAt = grown(this.codeLength);
    const detected = detectLanguage(this.lines.join(''));
    if (this.judge.scannable(detected) !== null) {
      this.language = detected;
      return 'scanned';
    }
    return detected === null || detected === 'diff' || this.label === 'markdown' ? 'undecided' : 'flowing';
  }

  private async scan(signal: AbortSignal): Promise<UnitStep> {
    this.nextScanAt = grown(this.codeLength);
    const { cleanEnd, denial } = await this.judge.prefix(this.lines.join(''), this.language ?? '', signal);
    return denial === null ? this.release(cleanEnd) : this.deny(denial);
  }

  private release(codeEnd: number): UnitStep {
    const count = this.waiting.filter((line) => line.codeEnd <= codeEnd).length;
    if (count === 0) return HOLD;
    const length = this.waiting.splice(0, count).reduce((sum, line) => sum + line.raw, this.head);
    this.head = 0;
    return { type: 'release', length };
  }

  private deny(verdict: Verdict): UnitStep {
    this.state = 'denied';
    this.waiting = [];
    return { type: 'deny', verdict };
  }

  /** Whether any of it was let go, its opening fence first. */
  get hasBegun(): boolean {
    return this.head === 0;
  }
}

function grown(length: number): number {
  return length + (length >> 3);
}

/** One verdict for a unit that carried several pieces of code. */
export function combine(verdicts: readonly Verdict[]): Verdict {
  const [first, ...others] = verdicts;
  if (first === undefined) throw new RangeError('no verdict to combine');
  return others.reduce((sum, verdict) => {
    const action = strongest([sum.action, verdict.action]);
    return {
      ...sum,
      action,
      label: action === sum.action && sum.label !== 'safe_code' ? sum.label : verdict.label,
      findings: [...sum.findings, ...verdict.findings],
      scannedBytes: sum.scannedBytes + verdict.scannedBytes,
      ms: sum.ms + verdict.ms,
    };
  }, first);
}
