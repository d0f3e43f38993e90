/** Text that waits, with the tokens it came from. */
import type { TokenLogprob, TokenSpan } from '../types.js';

export interface Piece {
  readonly text: string;
  readonly tokens?: TokenSpan;
  /** Of the tokens that made the text: never without text. */
  readonly logprobs?: readonly TokenLogprob[];
}

interface Source {
  /** Characters of this source that still wait. */
  remaining: number;
  readonly tokens: TokenSpan | undefined;
  readonly logprobs: readonly TokenLogprob[] | undefined;
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

  append({ text, tokens, logprobs }: Piece): void {
    this.text += text;
    if (text !== '' || tokens !== undefined)
      this.sources.push({ remaining: text.length, tokens, logprobs, intact: true });
  }

  get length(): number {
    return this.text.length;
  }

  /** Whether tokens without text wait at the front. */
  get hasMarkers(): boolean {
    return this.sources[0]?.remaining === 0;
  }

  take(length: number): Piece {
    const { text, left } = this.advance(length, 'keep');
    const tokens = left.flatMap((source) => source.tokens ?? []);
    const logprobs = left.flatMap((source) => source.logprobs ?? []);
    return {
      text,
      ...(tokens.length > 0 && {
        tokens: { ids: tokens.flatMap((span) => span.ids), logprobs: tokens.flatMap((span) => span.logprobs) },
      }),
      ...(logprobs.length > 0 && { logprobs }),
    };
  }

  drop(length: number): void {
    this.advance(length, 'drop');
  }

  /** `left`: the sources that are through and whose tokens may be served. */
  private advance(length: number, fate: 'keep' | 'drop'): { text: string; left: Source[] } {
    const text = this.text.slice(0, length);
    this.text = this.text.slice(length);
    const left: Source[] = [];
    let open = text.length;
    let done = 0;
    for (const source of this.sources) {
      const taken = Math.min(open, source.remaining);
      if (taken > 0 && fate === 'drop') source.intact = false;
      source.remaining -= taken;
      open -= taken;
      if (source.remaining > 0) break;
      done += 1;
      if (source.intact && fate === 'keep') left.push(source);
    }
    this.sources.splice(0, done);
    return { text, left };
  }
}
