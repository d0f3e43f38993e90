/** Text that waits, with the tokens it came from. */
import type { TokenSpan } from '../types.js';

export interface Piece {
  readonly text: string;
  readonly tokens?: TokenSpan;
}

interface Source {
  /** Characters of this source that still wait. */
  remaining: number;
  readonly tokens: TokenSpan | undefined;
  /** False once a character of it was dropped: its tokens must not be served any more. */
  intact: boolean;
}

/**
 * A queue of characters. Tokens leave with the last character of the text they produced, and only if no character of it was dropped;
 * tokens without text leave with what stands before them.
 */
export class TokenText {
  private text = '';
  private sources: Source[] = [];

  append({ text, tokens }: Piece): void {
    this.text += text;
    if (text !== '' || tokens !== undefined) this.sources.push({ remaining: text.length, tokens, intact: true });
  }

  get length(): number {
    return this.text.length;
  }

  /** Whether tokens without text wait at the front. */
  get hasMarkers(): boolean {
    return this.sources[0]?.remaining === 0;
  }

  take(length: number): Piece {
    const { text, tokens } = this.advance(length, 'keep');
    return tokens.length === 0
      ? { text }
      : {
          text,
          tokens: { ids: tokens.flatMap((span) => span.ids), logprobs: tokens.flatMap((span) => span.logprobs) },
        };
  }

  drop(length: number): void {
    this.advance(length, 'drop');
  }

  private advance(length: number, fate: 'keep' | 'drop'): { text: string; tokens: TokenSpan[] } {
    const text = this.text.slice(0, length);
    this.text = this.text.slice(length);
    const tokens: TokenSpan[] = [];
    let left = text.length;
    let done = 0;
    for (const source of this.sources) {
      const taken = Math.min(left, source.remaining);
      if (taken > 0 && fate === 'drop') source.intact = false;
      source.remaining -= taken;
      left -= taken;
      if (source.remaining > 0) break;
      done += 1;
      if (source.intact && source.tokens !== undefined && (fate === 'keep' || taken > 0)) tokens.push(source.tokens);
    }
    this.sources.splice(0, done);
    return { text, tokens: fate === 'keep' ? tokens : [] };
  }
}
