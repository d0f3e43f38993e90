/**
 * Constrained decoding: keeps a model to what a request promises of its answer. A constrained answer is JSON, or tool calls, from its first
 * token on: there is no analysis before it, and no text around it.
 */
import { PurpgateError } from '../../errors.js';
import type { CompletionRequest, Tool } from '../../types.js';
import { Automaton, type State } from './automaton.js';
import { choice, literal, repeat, sequence, type Grammar } from './grammar.js';
import { OBJECT } from './json-grammar.js';
import { schemaGrammar } from './schema.js';
import { TokenTrie, type TokenSet, type Vocabulary } from './token-trie.js';

/** What of a request the answer must follow. */
export type Promises = Pick<CompletionRequest, 'tools' | 'toolChoice' | 'toolCalls' | 'responseFormat'>;

/** Grammars of recent requests; clients repeat theirs. */
const MOST_KEPT = 8;
/** Sets of tokens per grammar, in bytes. */
const MOST_SET_BYTES = 1 << 24;
const MOST_CALLS = 16;

/** For one tokenizer. */
export class Constraints {
  readonly #vocabulary: Vocabulary;
  readonly #stopIds: ReadonlySet<number>;
  readonly #kept = new Map<string, AllowedTokens>();
  #trie: TokenTrie | null = null;

  constructor(vocabulary: Vocabulary, stopIds: ReadonlySet<number>) {
    this.#vocabulary = vocabulary;
    this.#stopIds = stopIds;
  }

  /** Null where nothing is promised. @throws PurpgateError `unsupported_parameter` for a promise that cannot be kept. */
  for(promises: Promises): AllowedTokens | null {
    const { tools, toolChoice, toolCalls, responseFormat } = promises;
    if (!isPromise(promises)) return null;
    const key = JSON.stringify([tools, toolChoice, toolCalls, responseFormat]);
    const allowed = this.#kept.get(key) ?? this.#create(promises);
    this.#kept.delete(key);
    this.#kept.set(key, allowed);
    for (const oldest of this.#kept.keys()) if (this.#kept.size > MOST_KEPT) this.#kept.delete(oldest);
    return allowed;
  }

  #create(promises: Promises): AllowedTokens {
    this.#trie ??= new TokenTrie(this.#vocabulary, this.#stopIds);
    const automaton = new Automaton(answerGrammar(promises));
    const param = promises.responseFormat.type === 'text' ? 'tool_choice' : 'response_format';
    if (automaton.start === null)
      throw new PurpgateError('unsupported_parameter', { publicMessage: 'No value meets the JSON schema.', param });
    if (!this.#trie.isTotal)
      throw new PurpgateError('unsupported_parameter', {
        publicMessage: `${param}: the tokenizer of this model cannot spell every text.`,
        param,
      });
    return new AllowedTokens(automaton, this.#trie, { bytesOf: this.#vocabulary.bytesOf, stopIds: this.#stopIds });
  }
}

function isPromise({ tools, toolChoice, responseFormat }: Promises): boolean {
  const isCallRequired = tools.length > 0 && toolChoice !== 'auto' && toolChoice !== 'none';
  return isCallRequired || responseFormat.type !== 'text';
}

interface TokenMeaning extends Pick<Vocabulary, 'bytesOf'> {
  /** Tokens that end the answer, allowed exactly where it is complete. */
  readonly stopIds: ReadonlySet<number>;
}

/** Which tokens a grammar allows. Shared by all answers that follow it. */
export class AllowedTokens {
  readonly #automaton: Automaton;
  readonly #trie: TokenTrie;
  readonly #meaning: TokenMeaning;
  #sets = new WeakMap<State, TokenSet>();
  #setBytes = 0;

  constructor(automaton: Automaton, trie: TokenTrie, meaning: TokenMeaning) {
    this.#automaton = automaton;
    this.#trie = trie;
    this.#meaning = meaning;
  }

  get start(): State | null {
    return this.#automaton.start;
  }

  /** A copy in which what is not allowed is impossible. */
  restrict(state: State, logits_V: Float32Array): Float32Array {
    const allowed = this.#allowed(state);
    const restricted_V = new Float32Array(logits_V.length).fill(-Infinity);
    for (const [word, bits] of allowed.entries())
      for (let rest = bits, id = word * 32; rest !== 0; rest >>>= 1, id++)
        if ((rest & 1) === 1) restricted_V[id] = logits_V[id] ?? -Infinity;
    if (state.isComplete)
      for (const id of this.#meaning.stopIds) if (id < logits_V.length) restricted_V[id] = logits_V[id] ?? -Infinity;
    return restricted_V;
  }

  /** Null where the token is not allowed. */
  after(state: State, id: number): State | null {
    const { bytesOf, stopIds } = this.#meaning;
    if (stopIds.has(id)) return state.isComplete ? state : null;
    let next: State | null = state;
    for (const byte of bytesOf(id)) next = next === null ? null : this.#automaton.step(next, byte);
    return next;
  }

  #allowed(state: State): TokenSet {
    const known = this.#sets.get(state);
    if (known !== undefined) return known;
    this.#automaton.forgetIfLarge();
    const allowed = this.#trie.allowed(this.#automaton, state);
    if (this.#setBytes > MOST_SET_BYTES) {
      this.#sets = new WeakMap();
      this.#setBytes = 0;
    }
    this.#sets.set(state, allowed);
    this.#setBytes += allowed.byteLength;
    return allowed;
  }
}

/** Follows one answer. */
export class ConstrainedAnswer {
  #state: State | null;

  constructor(private readonly allowed: AllowedTokens) {
    this.#state = allowed.start;
  }

  restrict(logits_V: Float32Array): Float32Array {
    return this.#state === null ? logits_V : this.allowed.restrict(this.#state, logits_V);
  }

  /** A token that `restrict` left possible. */
  take(id: number): void {
    if (this.#state !== null) this.#state = this.allowed.after(this.#state, id);
  }
}

function answerGrammar({ tools, toolChoice, toolCalls, responseFormat }: Promises): Grammar {
  const isFree = toolChoice === 'auto';
  const mayCall = tools.length > 0 && toolChoice !== 'none';
  const options: Grammar[] = [];
  if (mayCall) {
    const named = typeof toolChoice === 'object';
    const callable = named ? tools.filter(({ name }) => name === toolChoice.name) : tools;
    options.push(callsOf(callable, named || toolCalls === 'single' ? 1 : MOST_CALLS));
  }
  if (isFree || !mayCall)
    options.push(
      responseFormat.type === 'json_schema'
        ? schemaGrammar(responseFormat.schema, { unknownKeywords: 'refuse' })
        : OBJECT,
    );
  return choice(...options);
}

/** As the chat templates of Qwen and Hermes write calls, to the blank: what the model has learnt. */
function callsOf(tools: readonly Tool[], most: number): Grammar {
  const call = choice(
    ...tools.map((tool) =>
      sequence(
        literal(`<tool_call>\n{"name": ${JSON.stringify(tool.name)}, "arguments": `),
        argumentsOf(tool),
        literal('}\n</tool_call>'),
      ),
    ),
  );
  return sequence(call, repeat(sequence(literal('\n'), call), 0, most - 1));
}

/**
 * Without `strict`, which the formats do not hand on, OpenAI promises valid arguments of no kind: what is beyond the subset of schemas
 * is left to the model here, rather than making the tool unusable.
 */
function argumentsOf({ parameters }: Tool): Grammar {
  if (parameters === undefined) return literal('{}');
  try {
    return schemaGrammar({ ...parameters, type: 'object' }, { unknownKeywords: 'relax' });
  } catch (thrown) {
    if (thrown instanceof PurpgateError && thrown.code === 'unsupported_parameter') return OBJECT;
    throw thrown;
  }
}
