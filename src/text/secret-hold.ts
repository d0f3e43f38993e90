/** Finds secrets in a text that arrives in pieces, without ever letting the first half of one go. */
import { MAX_SECRET_LENGTH } from './secret-formats.js';
import { findSecrets, mayGrowSecret, openKeyStart, SECRET_CONTEXT } from './secrets.js';

/** A stretch of the text that was pushed, in order and without gaps: to be let through, or to be replaced. */
export type Stretch =
  | { readonly type: 'clean'; readonly length: number }
  | { readonly type: 'found'; readonly kind: string; readonly length: number };

/** A word may be this long before its beginning is judged without its end; secrets are shorter by far. */
const LONGEST_WORD = 8 * MAX_SECRET_LENGTH;

/**
 * Holds the last word, since a secret may still become of it, and a private key from its header on. What was judged is final: a finding
 * lies within one word and depends on SECRET_CONTEXT characters before it, which are kept. Hence the stretches, joined, are the same for
 * every way to cut the input, and the same as `findSecrets` of the whole. Holds at most LONGEST_WORD characters, or one private key.
 */
export class SecretHold {
  private context = '';
  private held = '';

  push(text: string): Stretch[] {
    const stretches: Stretch[] = [];
    for (let from = 0; from < text.length; ) {
      const piece = text.slice(from, from + LONGEST_WORD - this.held.length);
      from += piece.length;
      this.held += piece;
      if (/\s/.test(piece) || this.held.length >= LONGEST_WORD)
        for (const stretch of this.judge(this.judgeable())) stretches.push(stretch);
    }
    return stretches;
  }

  end(): Stretch[] {
    return this.judge(this.held.length);
  }

  /** As `end`, but what reads like the beginning of a secret stays held: the text goes on later. */
  pause(): Stretch[] {
    return mayGrowSecret(this.context + this.held, this.held.length) ? [] : this.end();
  }

  /** What is held and ends the text so far. */
  get pending(): string {
    return this.held;
  }

  /** How much of `held` can be judged without what follows. */
  private judgeable(): number {
    let lastSpace = this.held.length;
    while (lastSpace > 0 && !/\s/.test(this.held.charAt(lastSpace - 1))) lastSpace -= 1;
    const words = lastSpace > 0 ? lastSpace : this.held.length >= LONGEST_WORD ? LONGEST_WORD - MAX_SECRET_LENGTH : 0;
    return Math.min(words, openKeyStart(this.held));
  }

  private judge(upTo: number): Stretch[] {
    const stretches: Stretch[] = [];
    const offset = this.context.length;
    const spans = findSecrets(this.context + this.held);
    // A secret that has begun and may still grow is held from its beginning.
    const crossing = spans.find((span) => span.start - offset < upTo && span.end - offset > upTo);
    const length = crossing === undefined || this.held.length >= LONGEST_WORD ? upTo : crossing.start - offset;
    let done = 0;
    for (const { kind, start, end } of spans) {
      // What was let go at a pause may turn out to be the beginning of a secret: its rest is taken out.
      const from = Math.max(start - offset, done);
      if (end - offset <= done || from >= length) continue;
      if (from > done) stretches.push({ type: 'clean', length: from - done });
      stretches.push({ type: 'found', kind, length: end - offset - from });
      done = end - offset;
    }
    if (length > done) stretches.push({ type: 'clean', length: length - done });
    done = Math.max(done, length);
    this.context = (this.context + this.held.slice(0, done)).slice(-SECRET_CONTEXT);
    this.held = this.held.slice(done);
    return stretches;
  }
}
