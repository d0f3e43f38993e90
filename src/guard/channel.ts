import { isClosingFence, mayOpenFenceFrom, openingFence, type FenceOpening } from '../text/fences.js';
import type { Verdict } from '../types.js';
import { codeLine, codeStart, type CodeStart, marginOf } from './bare-code.js';
import { CodeRun } from './code-run.js';
import { type CodeJudge, LARGEST_UNIT } from './code-judge.js';
import { CodeUnit, type UnitStep } from './code-unit.js';
import { Histories } from './history.js';
import { withheldNotice } from './notices.js';
import { isDenied } from './policy.js';
import { linesOf } from './source-lines.js';
import type { Output, TextFilters } from './text-filter.js';
import { type Piece, TokenText } from './token-text.js';

/** The code that the channel is inside of: `fence` is null for code that stands in prose without one. */
type Inside = { readonly unit: CodeUnit } & (
  | { readonly fence: FenceOpening; readonly indentation: string }
  | { readonly fence: null; readonly run: CodeRun }
);

interface ChannelOptions {
  readonly judge: CodeJudge;
  readonly filters: TextFilters;
  readonly signal: AbortSignal;
  /** Lines of denied code of the choice, which no prose of it may quote. */
  readonly denied: Set<string>;
}

/** A longer line of prose is not held for what it may quote. */
const LONGEST_QUOTE = 4096;

/**
 * Text or reasoning of one choice.
 *
 *            ┌──────── opening fence, code line ────────┐
 *   prose ───┤                                          ├──▶ code (held by a CodeUnit)
 *     ▲      └─ everything else: passed on at once      │
 *     └─────────── closing fence, end of the run ◀──────┘
 *
 * - prose: a character is passed on as soon as no continuation of its line can make it part of an opening fence or of a line of code.
 * - code: lines go to the CodeUnit, which says what may be passed on. When it denies, a notice is put in place of everything of the
 *   unit that was not passed on; a fence that was passed on is closed first. The rest of the unit is dropped as it comes.
 *
 * Decisions are made on whole lines (or at the end), and what an unfinished line makes flow early is what the whole line would have made
 * flow: so the text passed on does not depend on how the input was cut. Everything passed on goes through the TextFilters.
 */
export class Channel {
  /** Characters that were neither passed on nor dropped. */
  private readonly waiting = new TokenText();
  /** How many of them, at the end, were not read yet. */
  private unread = 0;
  /** The current line so far, and how much of it was passed on. */
  private line = '';
  private flowed = 0;
  /** Kept apart, since to look at the end of a line that grows costs its whole length each time. */
  private endsInReturn = false;
  /** What the current line is known to be. */
  private start: CodeStart = 'undecided';
  private inside: Inside | null = null;
  private lastPassed = '\n';
  private readonly histories = new Histories();
  private outputs: Output[] = [];
  private hasDeniedUnit = false;

  constructor(private readonly options: ChannelOptions) {}

  /** Whether anything was denied: the choice then ends with `stop`. */
  get hasDenied(): boolean {
    return this.hasDeniedUnit || this.options.filters.hasDenied;
  }

  /** @throws PurpgateError `request_aborted`. */
  async push(piece: Piece): Promise<Output[]> {
    this.waiting.append(piece);
    if (piece.text === '' && this.held === 0) this.pass(0);
    const { text } = piece;
    this.unread = text.length;
    // A carriage return ends a line by itself unless a line feed follows, which the next piece may begin with.
    if (text !== '' && !text.startsWith('\n') && this.endsInReturn) await this.finishLine();
    for (const part of linesOf(text)) {
      this.line += part;
      this.unread -= part.length;
      this.endsInReturn = part.endsWith('\r');
      if (part.endsWith('\n') || (this.endsInReturn && this.unread > 0)) await this.finishLine();
      else await this.unfinishedLine();
    }
    return this.drain();
  }

  /**
   * The choice goes on in another channel: what only waited for its line or word to end is passed on, so that the two do not mix up.
   * Code stays held, and so do what may open a fence and what may be the beginning of a secret.
   */
  pause(): Output[] {
    if (this.inside === null && this.start !== 'code') {
      const from = mayOpenFenceFrom(this.line);
      this.flowProse(/[`~]/.test(this.line.slice(from)) ? from : this.line.length);
    }
    return [...this.drain(), ...this.options.filters.pause()];
  }

  /** @throws PurpgateError `request_aborted`. */
  async end(): Promise<Output[]> {
    if (this.line !== '') await this.finishLine();
    if (this.inside !== null) await this.finishUnit(this.inside, 0);
    this.pass(this.held);
    const { filters } = this.options;
    return [...this.drain(), ...filters.flush(), ...filters.cleanVerdicts()];
  }

  private async unfinishedLine(): Promise<void> {
    const { inside } = this;
    if (inside !== null) {
      if (this.line.length > LARGEST_UNIT) this.refuseLine(inside);
      if (inside.fence !== null || !inside.run.isEndedBy(this.line)) return;
      await this.finishUnit(inside, this.line.length);
    }
    if (this.start === 'undecided') this.start = codeStart(this.line);
    if (this.start === 'prose' && !this.mayQuote(this.line)) this.flow(mayOpenFenceFrom(this.line));
  }

  /** A line of code that is too large to be judged does not pile up either; what stands for it here is no closing fence. */
  private refuseLine(inside: Inside): void {
    if (!inside.unit.isDenied) this.apply(inside.unit.refuse(), inside);
    this.waiting.drop(this.held);
    this.line = '.';
  }

  private async finishLine(): Promise<void> {
    const raw = this.line;
    const line = raw.replace(/(?:\r\n?|\n)$/, '');
    const { inside } = this;
    if (inside === null) await this.proseLine(raw, line);
    else if (inside.fence !== null) {
      if (isClosingFence(line, inside.fence)) await this.finishUnit(inside, 0);
      else this.apply(await inside.unit.line(raw, this.options.signal), inside);
    } else if (openingFence(line) === null && inside.run.includes(line)) {
      inside.run.add(line);
      this.apply(await inside.unit.line(raw, this.options.signal), inside);
    } else {
      await this.finishUnit(inside, raw.length);
      await this.proseLine(raw, line);
    }
    this.line = '';
    this.flowed = 0;
    this.start = 'undecided';
    this.endsInReturn = false;
  }

  private async proseLine(raw: string, line: string): Promise<void> {
    const fence = openingFence(line);
    if (fence !== null) {
      this.flow(fence.column);
      const { language: label, column } = fence;
      const unit = this.newUnit({ label, column, head: raw.length - this.flowed });
      this.inside = { unit, fence, indentation: line.slice(0, fence.column).replace(/[^\s>]/g, ' ') };
      return;
    }
    const read = this.firstQuote(raw) === null ? codeLine(line) : null;
    if (read === null) {
      this.flowProse(raw.length);
      return;
    }
    // What a pause let go of the line is its first word at most.
    const unit = this.newUnit({ label: read.language, column: marginOf(line), head: -this.flowed });
    this.inside = { unit, fence: null, run: new CodeRun(read, line) };
    this.apply(await this.inside.unit.line(raw, this.options.signal), this.inside);
  }

  /** Prose is held to the end of its line once code was denied, since it may quote it. */
  private mayQuote(line: string): boolean {
    return this.options.denied.size > 0 && line.length <= LONGEST_QUOTE;
  }

  /** Passes the current line on up to its character `end`, but for quotes of denied code. */
  private flowProse(end: number): void {
    const line = this.line.slice(0, end);
    for (let quote = this.firstQuote(line); quote !== null; quote = this.firstQuote(line)) {
      this.flow(quote.start);
      this.waiting.drop(quote.end - this.flowed);
      this.flowed = quote.end;
      this.send({ text: '[withheld]' });
    }
    this.flow(end);
  }

  /** The first quote of denied code in the part of a line that was not passed on. */
  private firstQuote(raw: string): { start: number; end: number } | null {
    let first: { start: number; end: number } | null = null;
    if (!this.mayQuote(raw)) return null;
    for (const line of this.options.denied) {
      const start = raw.indexOf(line, this.flowed);
      if (start >= 0 && (first === null || start < first.start)) first = { start, end: start + line.length };
    }
    return first;
  }

  private newUnit(options: { label: string | null; column: number; head: number }): CodeUnit {
    return new CodeUnit(this.options.judge, { ...options, histories: this.histories });
  }

  /** `keep`: characters at the end of what waits that are no part of the unit. */
  private async finishUnit(inside: Inside, keep: number): Promise<void> {
    this.inside = null;
    if (!inside.unit.isDenied) {
      const verdicts = await inside.unit.end(this.options.signal);
      const denial = verdicts.find(({ action }) => isDenied(action));
      for (const verdict of verdicts) if (verdict !== denial) this.outputs.push({ type: 'verdict', verdict });
      if (denial === undefined) {
        this.pass(this.held - keep);
        return;
      }
      this.deny(inside, denial, keep);
    }
    this.waiting.drop(this.held - keep);
  }

  private apply(step: UnitStep, inside: Inside): void {
    if (step.type === 'release') this.pass(step.length);
    else if (step.type === 'deny') this.deny(inside, step.verdict, 0);
    // What follows in a denied unit must not pile up.
    if (inside.unit.isDenied) this.waiting.drop(this.held);
  }

  /** Drops what waits, but for its last `keep` characters, and puts the notice in its place. */
  private deny(inside: Inside, verdict: Verdict, keep: number): void {
    this.hasDeniedUnit = true;
    for (const line of inside.unit.deniedLines) this.options.denied.add(line);
    this.waiting.drop(this.held - keep);
    const { fence } = inside;
    const isOpen = fence !== null && inside.unit.hasBegun;
    const closing = isOpen ? `${inside.indentation}${fence.marker.repeat(fence.length)}\n` : '';
    const lineBreak = this.lastPassed === '\n' ? '' : '\n';
    // The verdict first: a stream that has served nothing yet ends with an error when the guard failed.
    this.outputs.push({ type: 'verdict', verdict });
    this.send({ text: `${lineBreak}${closing}\n${withheldNotice('code', verdict)}\n\n` });
  }

  /** Passes the current line on up to its character `end`. */
  private flow(end: number): void {
    if (end <= this.flowed) return;
    this.pass(end - this.flowed);
    this.flowed = end;
  }

  /** Characters that were read and wait. */
  private get held(): number {
    return this.waiting.length - this.unread;
  }

  private pass(length: number): void {
    const piece = this.waiting.take(length);
    if (piece.text !== '' || piece.tokens !== undefined) this.send(piece);
  }

  private send(piece: Piece): void {
    this.lastPassed = piece.text.at(-1) ?? this.lastPassed;
    for (const output of this.options.filters.push(piece)) this.outputs.push(output);
  }

  private drain(): Output[] {
    const outputs = this.outputs;
    this.outputs = [];
    return outputs;
  }
}
