/**
 * Token ids and log-probabilities that a server tells beside its text, for reinforcement learning: `return_token_ids` and `logprobs` of vLLM.
 * Ids are a side channel: a parser of tool calls or of reasoning may tell them late, or lose some (vLLM issue 27482), and text that a stop
 * string cut is shorter than its ids. What does not add up in the end is dropped whole.
 */
import type { Tokenizer } from '../../lm/tokenizer.js';
import type { Delta, TokenSpan, Usage } from '../../types.js';
import { isIndex, isRecord } from './json.js';

/** Why the tokens of an answer are not kept. */
export type CaptureFault =
  /** The server told none. */
  | 'absent'
  /** Fewer or more than it counts. */
  | 'count'
  /** Not one log-probability per id. */
  | 'logprobs'
  /** They decode to another text. */
  | 'text';

interface CapturedChoice {
  readonly ids: number[];
  readonly logprobs: number[];
  /** From here on they wait for a Delta. */
  told: number;
  readonly texts: string[];
  hasCalls: boolean;
}

/** Of one response. */
export class TokenCapture {
  readonly #choices = new Map<number, CapturedChoice>();
  #isAligned = true;
  #promptIds: readonly number[] | null = null;

  /** @param tokenizer of the model; null: that ids make the text is not looked at. */
  constructor(private readonly tokenizer: Pick<Tokenizer, 'decode' | 'specialIds'> | null) {}

  get promptIds(): readonly number[] | null {
    return this.#promptIds;
  }

  /** Of chat they stand on the first chunk, of text completions on its choices. */
  readPrompt(holder: Readonly<Record<string, unknown>>): void {
    const ids: unknown = holder['prompt_token_ids'];
    if (this.#promptIds === null && Array.isArray(ids) && ids.every(isIndex)) this.#promptIds = ids;
  }

  readChoice(choice: number, value: Readonly<Record<string, unknown>>): void {
    this.readPrompt(value);
    const ids: unknown = value['token_ids'];
    if (!Array.isArray(ids) || ids.length === 0) return;
    const logprobs = sampledLogprobs(value['logprobs']);
    if (!ids.every(isIndex) || logprobs.length !== ids.length) {
      this.#isAligned = false;
      return;
    }
    const captured = this.#choice(choice);
    captured.ids.push(...ids);
    captured.logprobs.push(...logprobs);
  }

  /** Tokens ride on the first Delta with text; those that are left ride on an empty one before the choice ends. */
  attach(choice: number, deltas: readonly Delta[]): Delta[] {
    const out: Delta[] = [];
    for (const delta of deltas) {
      if (delta.type === 'finish') {
        const rest = this.#take(choice);
        if (rest !== undefined) out.push(this.#empty(choice, rest, out));
        out.push(delta);
      } else out.push(this.#carry(choice, delta));
    }
    return out;
  }

  /** Null where all adds up. */
  faultOf(usage: Usage | null): CaptureFault | null {
    const choices = [...this.#choices.values()];
    const total = choices.reduce((sum, { ids }) => sum + ids.length, 0);
    if (!this.#isAligned) return 'logprobs';
    if (total === 0) return 'absent';
    if (usage !== null && usage.completionTokens > 0 && usage.completionTokens !== total) return 'count';
    return choices.every((choice) => this.#makesText(choice)) ? null : 'text';
  }

  #choice(choice: number): CapturedChoice {
    const known = this.#choices.get(choice);
    if (known !== undefined) return known;
    const fresh: CapturedChoice = { ids: [], logprobs: [], told: 0, texts: [], hasCalls: false };
    this.#choices.set(choice, fresh);
    return fresh;
  }

  #carry(choice: number, delta: Delta): Delta {
    switch (delta.type) {
      case 'text':
      case 'reasoning':
        this.#choice(choice).texts.push(delta.text);
        return this.#with(choice, delta);
      case 'tool_start':
      case 'tool_args':
        this.#choice(choice).hasCalls = true;
        return this.#with(choice, delta);
      case 'prompt':
      case 'finish':
      case 'usage':
      case 'verdict':
        return delta;
    }
  }

  #with<Carrier extends Delta>(choice: number, delta: Carrier): Carrier {
    const tokens = this.#take(choice);
    return tokens === undefined ? delta : { ...delta, tokens };
  }

  /** Behind a tool call there is no place for text. */
  #empty(choice: number, tokens: TokenSpan, before: readonly Delta[]): Delta {
    const call = before.findLast((delta) => delta.type === 'tool_start' || delta.type === 'tool_args');
    if (call !== undefined) return { type: 'tool_args', choice, index: call.index, text: '', tokens };
    if (this.#choice(choice).hasCalls) return { type: 'tool_args', choice, index: 0, text: '', tokens };
    return { type: 'text', choice, text: '', tokens };
  }

  #take(choice: number): TokenSpan | undefined {
    const captured = this.#choices.get(choice);
    if (captured === undefined || captured.told === captured.ids.length) return undefined;
    const { told } = captured;
    captured.told = captured.ids.length;
    return { ids: captured.ids.slice(told), logprobs: captured.logprobs.slice(told) };
  }

  /** Between the parts of an answer stand marks such as `</think>`; of tool calls a server shows another form than the model wrote. */
  #makesText({ ids, texts, hasCalls }: CapturedChoice): boolean {
    const { tokenizer } = this;
    if (tokenizer === null || hasCalls) return true;
    const decoded = tokenizer.decode(ids.filter((id) => !tokenizer.specialIds.has(id)));
    let from = 0;
    for (const text of texts) {
      const trimmed = text.trim();
      const at = decoded.indexOf(trimmed, from);
      if (at < 0) return false;
      from = at + trimmed.length;
    }
    return true;
  }
}

/** Of the sampled tokens: in OpenAI's form for chat, or in that of text completions. */
function sampledLogprobs(value: unknown): number[] {
  if (!isRecord(value)) return [];
  const { content, token_logprobs: lists } = value;
  const found: unknown[] = Array.isArray(content)
    ? content.map((token: unknown) => (isRecord(token) ? token['logprob'] : null))
    : Array.isArray(lists)
      ? lists
      : [];
  return found.filter((logprob) => typeof logprob === 'number' && Number.isFinite(logprob)) as number[];
}
