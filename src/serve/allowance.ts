/** What a request may still use of its caller's budgets: counts what is generated, cuts an answer for which nothing is left, settles once. */
import type { Budgets, Reservation } from '../access/budget-ledger.js';
import type { TokenCount } from '../access/budget-share.js';
import type { GenerateRequest, Prices } from '../engine/engine.js';
import { estimateTokens, tokensOfBytes } from '../engine/upstream/request.js';
import { PurpgateError } from '../errors.js';
import type { Budget, Delta, Usage } from '../types.js';

interface AllowanceRequest {
  /** At least one. */
  readonly budgets: readonly Budget[];
  readonly ledger: Budgets | undefined;
  readonly prices: Prices | undefined;
  readonly request: GenerateRequest;
}

/** @throws PurpgateError as `Budgets.reserve`. */
export async function reserveAllowance({ budgets, ledger, prices, request }: AllowanceRequest): Promise<Allowance> {
  if (ledger === undefined) throw new PurpgateError('internal_error', { message: 'a budget that nobody keeps' });
  const prompt = estimateTokens(request);
  const reservation = await ledger.reserve({ budgets, prices, least: { prompt, completion: 1 } });
  return new Allowance(reservation, { prompt, choices: request.sampling.choices });
}

/** Where an engine tells no token ids, tokens are estimated from the bytes of its text. */
class OutputCount {
  #tokens = 0;
  #bytes = 0;

  add(delta: Delta): void {
    if ('tokens' in delta) this.#tokens += delta.tokens.ids.length;
    else if ('text' in delta) this.#bytes += Buffer.byteLength(delta.text);
  }

  get tokens(): number {
    return this.#tokens > 0 ? this.#tokens : tokensOfBytes(this.#bytes);
  }
}

export class Allowance {
  readonly #output = new OutputCount();
  readonly #reasoning = new OutputCount();
  readonly #finished = new Set<number>();
  /** What generations before the one that runs have used. */
  #earlier: TokenCount = { prompt: 0, completion: 0 };
  #prompt: number;
  #hasBegun = false;

  constructor(
    private readonly reservation: Reservation,
    private readonly asked: { readonly prompt: number; readonly choices: number },
  ) {
    this.#prompt = asked.prompt;
  }

  /** An answer for which nothing is left ends as one that is too long does, with what was counted as its usage. */
  async *watch(deltas: AsyncIterable<Delta>): AsyncGenerator<Delta, void, undefined> {
    for await (const delta of deltas) {
      this.#note(delta);
      yield delta;
      if (delta.type === 'usage' || delta.type === 'finish') continue;
      const covered = this.reservation.cover(this.#counted);
      if (covered === true || (await covered)) continue;
      yield* this.#cut();
      return;
    }
  }

  /** A further generation for the same request, once the one before has ended. What was used stays used. */
  watchNext(request: GenerateRequest, deltas: AsyncIterable<Delta>): AsyncGenerator<Delta, void, undefined> {
    this.#earlier = this.#counted;
    this.#prompt = estimateTokens(request);
    this.#finished.clear();
    return this.watch(deltas);
  }

  /** Idempotent. `usage` as the engine told it, null where it broke off; where it does not count, our count is taken. */
  settle(usage: Usage | null): void {
    const isTold = usage !== null && usage.promptTokens + usage.completionTokens > 0;
    if (isTold) this.reservation.settle({ prompt: usage.promptTokens, completion: usage.completionTokens });
    else this.reservation.settle(this.#hasBegun ? this.#counted : { prompt: 0, completion: 0 });
  }

  get #counted(): TokenCount {
    return { prompt: this.#earlier.prompt + this.#prompt, completion: this.#output.tokens };
  }

  #note(delta: Delta): void {
    if (delta.type === 'prompt') this.#prompt = delta.promptTokens;
    if (delta.type === 'finish') this.#finished.add(delta.choice);
    this.#hasBegun ||= delta.type !== 'usage';
    this.#output.add(delta);
    if (delta.type === 'reasoning') this.#reasoning.add(delta);
  }

  *#cut(): Generator<Delta, void, undefined> {
    for (let choice = 0; choice < this.asked.choices; choice += 1)
      if (!this.#finished.has(choice)) yield { type: 'finish', choice, reason: 'length' };
    const promptTokens = this.#prompt;
    const completionTokens = this.#output.tokens - this.#earlier.completion;
    yield { type: 'usage', usage: { promptTokens, completionTokens, reasoningTokens: this.#reasoning.tokens } };
  }
}
