/** Keeps log-probabilities until it is known whether the text of their tokens is shown, and lets go of those alone. */
import type { TokenLogprob } from '../../types.js';
import type { ToldToken } from './protocol.js';

interface Waiting {
  readonly logprob: TokenLogprob;
  /** Range of what the model wrote, in UTF-16 code units. Empty for the beginning of a character that later tokens complete. */
  readonly start: number;
  readonly end: number;
}

export class ShownLogprobs {
  #waiting: Waiting[] = [];
  #written = 0;
  #shown = 0;

  add({ logprob, length }: ToldToken): void {
    this.#waiting.push({ logprob, start: this.#written, end: this.#written + length });
    this.#written += length;
  }

  /** Drops those of the tokens whose last character is among the first `length` of all that the model wrote. */
  drop(length: number): void {
    this.#waiting = this.#waiting.filter(({ end }) => end > length);
  }

  /** Those of the tokens whose last character is among the next `length` of the text, which begins at `textStart`. */
  take(length: number, textStart: number): readonly TokenLogprob[] {
    this.#shown += length;
    const end = textStart + this.#shown;
    const isShown = (token: Waiting) => token.end <= end && token.start < end;
    const split = this.#waiting.findIndex((token) => !isShown(token));
    const shown = split === -1 ? this.#waiting : this.#waiting.slice(0, split);
    this.#waiting = split === -1 ? [] : this.#waiting.slice(split);
    // A token that also wrote something of the reasoning's end is not the text's.
    return shown.filter(({ start }) => start >= textStart).map(({ logprob }) => logprob);
  }
}
