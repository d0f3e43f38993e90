/** From the tokens of one choice to its text: whole characters only, and nothing of a stop string. */
import { heldLength } from '../../lm/tool-call-parser.js';
import type { TokenDecoder } from '../../lm/tokenizer.js';

export class TextStream {
  readonly #decoder: TokenDecoder;
  readonly #stops: readonly string[];
  /** Text that may yet turn out to begin a stop string. */
  #held = '';
  /** Whether a stop string came; what follows it is not shown. */
  isStopped = false;

  constructor(decoder: TokenDecoder, stops: readonly string[]) {
    this.#decoder = decoder;
    this.#stops = stops.filter((stop) => stop !== '');
  }

  push(id: number): string {
    return this.#release(this.#decoder.push(id));
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
    const found = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((at) => at !== -1);
    this.isStopped = found.length > 0;
    const length = this.isStopped ? Math.min(...found) : this.#held.length - this.#heldLength();
    const released = this.#held.slice(0, length);
    this.#held = this.isStopped ? '' : this.#held.slice(length);
    return released;
  }

  #heldLength(): number {
    return Math.max(0, ...this.#stops.map((stop) => heldLength(this.#held, stop)));
  }
}
