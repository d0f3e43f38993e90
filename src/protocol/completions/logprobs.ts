/** Log-probabilities in the form of text completions: one array per property. */
import type { Delta, TokenLogprob } from '../../types.js';
import { toWireLogprob } from '../logprobs.js';
import type { WireTextLogprobs } from '../wire.js';

type Token = Pick<TokenLogprob, 'token' | 'bytes' | 'logprob'>;

/** Follows the text of one choice, since tokens are told with their place in it. */
export class TextLogprobs {
  /** Characters before the text that waits for its tokens. */
  private offset = 0;
  /** Text whose tokens were not told: they leave the guard with their last character, and together with those that it held along with them. */
  private untold: Buffer[] = [];

  /** Null where the Delta tells none. */
  read({ text, logprobs = [] }: Extract<Delta, { type: 'text' }>): WireTextLogprobs | null {
    const last = Buffer.from(text);
    this.untold.push(last);
    if (logprobs.length === 0) return null;
    const waiting = Buffer.concat(this.untold);
    const bytes = Buffer.concat(logprobs.map((token) => Uint8Array.from(token.bytes)));
    const found = waiting.indexOf(bytes);
    const start = found < 0 ? waiting.length - last.length : found;
    let place = this.offset + charactersIn(waiting.subarray(0, start));
    const told = emptyLogprobs();
    for (const token of logprobs) {
      told.tokens.push(nameOf(token));
      told.token_logprobs.push(toWireLogprob(token.logprob));
      told.top_logprobs.push(
        Object.fromEntries([...token.alternatives, token].map((one) => [nameOf(one), toWireLogprob(one.logprob)])),
      );
      // What goes on with a character stands where the character does.
      told.text_offset.push(isWithinCharacter(token.bytes[0] ?? 0) ? Math.max(place - 1, 0) : place);
      place += charactersIn(token.bytes);
    }
    const end = found < 0 ? waiting.length : found + bytes.length;
    this.offset += charactersIn(waiting.subarray(0, end));
    this.untold = [waiting.subarray(end)];
    return told;
  }
}

function emptyLogprobs(): WireTextLogprobs {
  return { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] };
}

/** All of them in one, or null when there are none. */
export function joinLogprobs(parts: readonly WireTextLogprobs[]): WireTextLogprobs | null {
  if (parts.length === 0) return null;
  return {
    tokens: parts.flatMap(({ tokens }) => tokens),
    token_logprobs: parts.flatMap((part) => part.token_logprobs),
    top_logprobs: parts.flatMap((part) => part.top_logprobs),
    text_offset: parts.flatMap((part) => part.text_offset),
  };
}

/** OpenAI's name of a token whose bytes are no text by themselves keeps two such tokens apart. */
function nameOf({ token, bytes }: Token): string {
  if (bytes.length === 0 || Buffer.from(token).equals(Uint8Array.from(bytes))) return token;
  return `bytes:${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`;
}

/** Characters that begin in these bytes. */
function charactersIn(bytes: Iterable<number>): number {
  let count = 0;
  for (const byte of bytes) if (!isWithinCharacter(byte)) count += 1;
  return count;
}

/** Every byte of UTF-8 but the first of a character is 0b10xxxxxx. */
function isWithinCharacter(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
