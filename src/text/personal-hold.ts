/** Finds personal data in a text that arrives in pieces, without ever letting the first half of it go. */
import { findPersonalData } from './personal-data.js';
import type { Stretch } from './secret-hold.js';

/** How far before its line a finding may depend on the text. */
const CONTEXT = 128;
/** A line may be this long before its beginning is judged without its end. */
const LONGEST_LINE = 4096;
/** No finding is longer, with all that is looked at behind it. */
const LONGEST_FINDING = 256;

/**
 * Holds the last line: an address or a number may go on as long as it does, and no finding goes over its end. The stretches, joined, are the same for every
 * way to cut the input, and for lines up to LONGEST_LINE characters the same as `findPersonalData` of the whole.
 */
export class PersonalHold {
  private context = '';
  private held = '';

  push(text: string): Stretch[] {
    const stretches: Stretch[] = [];
    for (let from = 0; from < text.length; ) {
      const lineEnd = text.indexOf('\n', from) + 1;
      const to = Math.min(lineEnd === 0 ? text.length : lineEnd, from + LONGEST_LINE - this.held.length);
      this.held += text.slice(from, to);
      from = to;
      if (this.held.endsWith('\n')) stretches.push(...this.judge(this.held.length));
      else if (this.held.length >= LONGEST_LINE) stretches.push(...this.judge(LONGEST_LINE - LONGEST_FINDING));
    }
    return stretches;
  }

  end(): Stretch[] {
    return this.judge(this.held.length);
  }

  /** As `end`, but what a number or an address may still become of stays held: the text goes on later. */
  pause(): Stretch[] {
    return /[\d@]/.test(this.held.slice(-64)) ? [] : this.end();
  }

  private judge(upTo: number): Stretch[] {
    const stretches: Stretch[] = [];
    const offset = this.context.length;
    let done = 0;
    for (const { kind, start, end } of findPersonalData(this.context + this.held)) {
      // What was let go at a pause may turn out to be its beginning: the rest is taken out.
      const from = Math.max(start - offset, done);
      if (end - offset <= done || from >= upTo) continue;
      if (from > done) stretches.push({ type: 'clean', length: from - done });
      stretches.push({ type: 'found', kind, length: end - offset - from });
      done = end - offset;
    }
    if (upTo > done) stretches.push({ type: 'clean', length: upTo - done });
    done = Math.max(done, upTo);
    this.context = (this.context + this.held.slice(0, done)).slice(-CONTEXT);
    this.held = this.held.slice(done);
    return stretches;
  }
}
