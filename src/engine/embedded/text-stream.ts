/** From the tokens of one choice to its text: whole characters only, and nothing of a stop string. */
import { heldLength } from '../../lm/tool-call-parser.js';
import type { TokenDecoder } from '../../lm/tokenizer.js';

export class TextStream {
  readonly #decoder: TokenDecoder;
  readonly #stops: readonly string[];
  /** Text that may yet turn out to begin a stop string. */
  #held = '';
  /** The stop string that came; what follows it is not shown. */
  stopSequence: string | null = null;
  /** UTF-16 code units that the last token completed, shown or not. */
  decodedLength = 0;

  constructor(decoder: TokenDecoder, stops: readonly string[]) {
    this.#decoder = decoder;
    this.#stops = stops.filter((stop) => stop !== '');
  }

  get isStopped(): boolean {
    return this.stopSequence !== null;
  }

  push(id: number): string {
    const text = this.#decoder.push(id);
    this.decodedLength = text.length;
    return this.#release(text);
  }

  /** The rest, when the generation ended for another reason. */
  end(): string {
    const text = this.#release(this.#decoder.end()) + this.#held;
    this.#held = '';
    return text;
  }

  #release(text: string): string {
    if (text === '' || this.isStopped) return '';
    this.#held += text;
    let length = this.#held.length;
    let stopSequence: string | null = null;
    for (const stop of this.#stops) {
      const at = this.#held.indexOf(stop);
      if (at === -1 || at >= length) continue;
      length = at;
      stopSequence = stop;
    }
    this.stopSequence = stopSequence;
    if (stopSequence === null) length -= this.#heldLength();
    const released = this.#held.slice(0, length);
    this.#held = stopSequence === null ? this.#held.slice(length) : '';
    return released;
  }

  #heldLength(): number {
    return Math.max(0, ...this.#stops.map((stop) => heldLength(this.#held, stop)));
  }
}
