import { detectLanguage, PythonEvidence } from '../text/fences.js';
import type { Verdict } from '../types.js';
import { LARGEST_UNIT, type CodeJudge } from './code-judge.js';
import { type EmbeddedCode, embeddedCode, SUSPICIOUS, VAGUE_LABELS } from './embedded-code.js';
import type { Histories, History } from './history.js';
import { judgeParts } from './judge-parts.js';
import { isPatch } from './patched-code.js';
import { isDenied } from './policy.js';
import { SourceLines } from './source-lines.js';

/** What to do with the raw lines of the unit that still wait: let so many characters go, or withhold all of them. */
export type UnitStep =
  | { readonly type: 'hold' }
  | { readonly type: 'release'; readonly length: number }
  | { readonly type: 'deny'; readonly verdict: Verdict };

const HOLD: UnitStep = { type: 'hold' };

/** Text in these carries other code in quotes, escapes and margins, which only the whole shows. */
const CARRIERS: ReadonlySet<string | null> = new Set(
  'diff json markdown bash powershell batch dockerfile makefile'.split(' '),
);
interface UnitOptions {
  readonly label: string | null;
  /** Characters of the opening fence line that wait, and leave with the first line that does; negative: of that line that left before. */
  readonly head: number;
  /** Characters before each line that belong to the block: indentation and quote marks of its fence. */
  readonly column: number;
  readonly histories: Histories;
}

/**
 * One stretch of code, line by line.
 *
 *   undecided ──label or content says a scanned language──▶ scanned ──┐
 *      │  │                                                           ├──finding──▶ denied
 *      │  └──another language──▶ flowing ──signs of Python──▶ held ───┘
 *      └──carries other code: JSON, scripts, patches──────────▲
 *
 * - undecided: the label names no language and the content is not clear yet. Everything is held.
 * - scanned: held to the last complete top-level statement that was scanned and found clean, or to the end where the policy releases by
 *   block. What is not Python and begins to read like it becomes held.
 * - flowing: code that no scanner reads. Let go line by line, while it does not begin to read like Python.
 * - held: judged at the end.
 * - denied: something was found, or could not be judged. Nothing more of the unit is let go, whatever comes.
 *
 * A scan is asked for when a line begins a new top-level statement, and not before the code has grown by an eighth since the last one:
 * so n lines cost O(n) scanned characters in all, and the moments depend on the text alone, never on how it was cut into Deltas.
 * At the end the unit is judged as a whole, which sees what no beginning of it shows.
 */
export class CodeUnit {
  private state: 'undecided' | 'scanned' | 'flowing' | 'held' | 'denied' = 'undecided';
  private language: string | null;
  private readonly source: SourceLines;
  private readonly evidence = new PythonEvidence();
  /** Code as scanned, alone and as it stands behind earlier blocks. */
  private readonly lines: string[] = [];
  private readonly placed: string[] = [];
  private codeLength = 0;
  private nextScanAt = 0;
  /** Length in the stream of each line that waits; the lines before them were let go. */
  private waiting: number[] = [];
  private head: number;
  /** Code inside of the code in which nothing was found. */
  private readonly cleared = new Set<string>();
  /** The lines that were found wanting, once the unit is denied. */
  private denied: readonly string[] = [];

  constructor(
    private readonly judge: CodeJudge,
    private readonly options: UnitOptions,
  ) {
    const { label, head, column } = options;
    this.language = label;
    this.head = head;
    this.source = new SourceLines(column);
    if (judge.scannable(label) !== null) this.state = 'scanned';
    else if (CARRIERS.has(label)) this.state = 'held';
  }

  get isDenied(): boolean {
    return this.state === 'denied';
  }

  /** Takes a whole line with its line break. @throws PurpgateError `request_aborted`. */
  async line(raw: string, signal: AbortSignal): Promise<UnitStep> {
    if (this.state === 'denied') return HOLD;
    const { code, placed } = this.source.line(raw);
    const isStatement =
      this.lines.length > 0 && /^[^\s#)\]}]/.test(code) && !/^(?:else|elif|except|finally)\b/.test(code);
    this.lines.push(code);
    this.placed.push(placed);
    this.codeLength += code.length;
    this.waiting.push(raw.length);
    if (this.codeLength > LARGEST_UNIT) return this.refuse();
    const isTime = this.codeLength >= this.nextScanAt;
    if (this.state !== 'held' && this.language !== 'python') this.decide(code, isTime);
    switch (this.state) {
      case 'undecided':
      case 'held':
        return HOLD;
      case 'flowing':
        return this.judge.holdsAll ? HOLD : this.release(this.lines.length);
      case 'scanned':
        return isTime && isStatement ? this.scan(signal) : HOLD;
    }
  }

  /** Denies what is too large to be judged. */
  refuse(): UnitStep {
    return this.deny(this.judge.tooLarge());
  }

  /** Judges the whole unit. One of the verdicts denies what still waits, or all of it may go. */
  async end(signal: AbortSignal): Promise<readonly Verdict[]> {
    const verdict = await this.endOfScan(signal);
    if (isDenied(verdict.action)) return [verdict];
    const { language } = this;
    return [verdict, ...(await this.judge.others([{ code: this.placed.join(''), language }], null, signal))];
  }

  private async endOfScan(signal: AbortSignal): Promise<Verdict> {
    // The first column of a patch means something.
    const code = (this.state === 'scanned' ? this.lines : this.placed).join('');
    const parts = this.parts(code)?.filter((part) => !this.cleared.has(part.code)) ?? null;
    const after = this.state === 'scanned' ? this.after() : undefined;
    const withHistory = parts?.map((part) => (after !== undefined && part.code === code ? { ...part, after } : part));
    const { verdict, denied } = await judgeParts(withHistory ?? null, this.judge, signal);
    if (verdict === null) return this.judge.whole({ code, language: this.language }, signal);
    if (denied !== null) this.denied = deniedLines(denied.code, verdict);
    return verdict;
  }

  private parts(code: string): EmbeddedCode[] | null {
    return embeddedCode(code, this.language, (language) => this.judge.scannable(language));
  }

  private get history(): History {
    return this.options.histories.of(this.language);
  }

  private after(): { history: History; placed: string } {
    return { history: this.history, placed: this.placed.join('') };
  }

  private decide(line: string, isTime: boolean): void {
    this.evidence.add(line);
    if (this.state === 'flowing' || this.state === 'scanned') {
      if (this.evidence.weight >= SUSPICIOUS) this.state = 'held';
      return;
    }
    if (!isTime) return;
    this.nextScanAt = this.grown();
    const code = this.lines.join('');
    const detected = detectLanguage(code);
    if (isPatch(code) || CARRIERS.has(detected)) this.state = 'held';
    else if (!VAGUE_LABELS.has(this.options.label)) this.state = this.evidence.weight < SUSPICIOUS ? 'flowing' : 'held';
    else if (this.judge.scannable(detected) !== null) {
      this.language = detected;
      this.state = 'scanned';
    } else if (detected !== null) this.state = 'flowing';
  }

  private async scan(signal: AbortSignal): Promise<UnitStep> {
    this.nextScanAt = this.grown();
    const code = this.lines.join('');
    if (isPatch(code)) {
      this.state = 'held';
      return HOLD;
    }
    const unit = { code, language: this.language, after: this.after() };
    const { cleanLines, denial } = await this.judge.prefix(unit, signal);
    if (denial !== null) return this.deny(denial, code);
    const parts = this.parts(code)?.filter((part) => part.code !== code && !this.cleared.has(part.code)) ?? null;
    const { verdict, denied } = await judgeParts(parts, this.judge, signal);
    if (verdict !== null && isDenied(verdict.action)) return this.deny(verdict, denied?.code);
    for (const part of parts ?? []) this.cleared.add(part.code);
    return this.judge.release === 'by-block' ? HOLD : this.release(cleanLines);
  }

  /** Lets the first `count` lines of the unit go, as far as they still wait. */
  private release(count: number): UnitStep {
    const waiting = count - (this.lines.length - this.waiting.length);
    if (waiting <= 0) return HOLD;
    const length = this.waiting.splice(0, waiting).reduce((sum, line) => sum + line, this.head);
    this.head = 0;
    return { type: 'release', length };
  }

  private deny(verdict: Verdict, code = ''): UnitStep {
    this.state = 'denied';
    this.denied = deniedLines(code, verdict);
    this.waiting = [];
    return { type: 'deny', verdict };
  }

  /** What no prose may quote. */
  get deniedLines(): readonly string[] {
    return this.denied;
  }

  /** Whether any of it was let go, its opening fence first. */
  get hasBegun(): boolean {
    return this.head === 0;
  }

  /** The length from which the next scan is worth its cost; earlier blocks are read again by it. */
  private grown(): number {
    return this.codeLength + ((this.codeLength + this.history.code.length) >> 3);
  }
}

/** A shorter line is too common to be told from others. */
const LEAST_LINE = 24;

function deniedLines(code: string, { findings }: Verdict): string[] {
  const lines = code.split('\n');
  return findings
    .flatMap(({ span, action }) => (span === null || !isDenied(action) ? [] : lines.slice(span.line - 1, span.endLine)))
    .map((line) => line.trim())
    .filter((line) => line.length >= LEAST_LINE);
}
