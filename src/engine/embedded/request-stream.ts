/** A request in flight as its consumer sees it: Deltas in order, bounded by what the consumer takes. */
import type { PurpgateError } from '../../errors.js';
import type { Delta } from '../../types.js';
import type { ChoiceDeltas } from './deltas.js';
import type { StepOutput } from './protocol.js';

/** The engine process hears of what was taken in portions of this many tokens; it pauses at a multiple (PAUSE_AT). */
const REPORT_TOKENS = 64;

interface StreamOptions {
  readonly choices: readonly ChoiceDeltas[];
  /** How many tokens the consumer has taken. */
  readonly onTaken: (tokens: number) => void;
}

export class RequestStream {
  readonly #options: StreamOptions;
  readonly #queue: Delta[] = [];
  /** Tokens that came, that stand in the queue, and that were last reported as taken. */
  #received = 0;
  #queued = 0;
  #reported = 0;
  #open: number;
  #promptIds: readonly number[] = [];
  #error: PurpgateError | null = null;
  #notify: () => void = () => undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#open = options.choices.length;
  }

  /** Whether the engine process is done with it. */
  get isOver(): boolean {
    return this.#open === 0 || this.#error !== null;
  }

  accept(promptIds: readonly number[]): void {
    this.#promptIds = promptIds;
    this.#queue.push({ type: 'prompt', promptTokens: promptIds.length });
    this.#notify();
  }

  add(output: StepOutput): void {
    const deltas = this.#options.choices[output.choice]?.add(output) ?? [];
    this.#received += 1;
    for (const delta of deltas) this.#queued += tokensOf(delta);
    this.#queue.push(...deltas);
    if (output.finish !== null) this.#open -= 1;
    if (this.#open === 0) this.#queue.push(this.#usage());
    this.#report();
    this.#notify();
  }

  /** What is queued is dropped: the consumer hears of the failure at once. */
  fail(error: PurpgateError): void {
    this.#error ??= error;
    this.#notify();
  }

  /** @throws PurpgateError given to `fail`. */
  async *deltas(): AsyncGenerator<Delta, void, undefined> {
    for (;;) {
      if (this.#error !== null) throw this.#error;
      const delta = this.#queue.shift();
      if (delta === undefined) {
        await new Promise<void>((resolve) => {
          this.#notify = resolve;
        });
        continue;
      }
      this.#queued -= tokensOf(delta);
      this.#report();
      yield delta;
      if (delta.type === 'usage') return;
    }
  }

  /** Tokens that show no text yet count as taken: no consumer could ever take them. */
  #report(): void {
    const taken = this.#received - this.#queued;
    if (this.isOver || taken - this.#reported < REPORT_TOKENS) return;
    this.#reported = taken;
    this.#options.onTaken(taken);
  }

  #usage(): Delta {
    const reasoningTokens = this.#options.choices.reduce((sum, choice) => sum + choice.reasoningTokens, 0);
    return {
      type: 'usage',
      usage: { promptTokens: this.#promptIds.length, completionTokens: this.#received, reasoningTokens },
      promptIds: this.#promptIds,
    };
  }
}

function tokensOf(delta: Delta): number {
  return 'tokens' in delta ? delta.tokens.ids.length : 0;
}
