/** The loaded model: weights in onnxruntime sessions, and one step of the decoder on rows of a slab. Lives in the child process. */
import { PurpgateError } from '../../errors.js';
import { loadChatTemplate, type ChatTemplate } from '../../lm/chat-template.js';
import { buildInferenceGraph, causalMask } from '../../lm/inference-graph.js';
import { loraFeeds, readAdapter } from '../../lm/lora.js';
import { readModelConfig, type DecoderConfig } from '../../lm/model-config.js';
import { elementCount, parameterShapes } from '../../lm/parameters.js';
import { createSession, int64, type Feeds, type Session, type Tensor } from '../../lm/runtime.js';
import { readModelWeights } from '../../lm/safetensors.js';
import { loadTokenizer, readStopIds, type Tokenizer } from '../../lm/tokenizer.js';
import type { VersionName } from '../../types.js';
import type { KvSlab } from './kv-cache.js';

/** Multiply-adds that one run may cost where the scheduler can choose: some tens of milliseconds on one core. */
const RUN_BUDGET = 1e9;

interface StepInput {
  /** Rows 0 .. B-1 of it take part. */
  readonly slab: KvSlab<unknown>;
  /** [B, S], the new tokens of each row. */
  readonly ids_BS: readonly (readonly number[])[];
  readonly adapter: VersionName | null;
}

interface LoadedAdapter {
  readonly session: Session;
  readonly feeds: Feeds;
}

export class Model {
  /** Tokens per run of a prefill. Follows from the model alone: cutting a prompt elsewhere would change the last bits of its logits. */
  readonly prefillChunk: number;
  readonly #folder: string;
  readonly #threads: number;
  /** The session without LoRA inputs under null, the others by rank. */
  readonly #sessions = new Map<number | null, Session>();
  readonly #adapters = new Map<VersionName, LoadedAdapter>();
  readonly #masks = new Map<number, Tensor>();

  private constructor(
    readonly config: DecoderConfig,
    readonly tokenizer: Tokenizer,
    readonly template: ChatTemplate,
    readonly stopIds: ReadonlySet<number>,
    source: { readonly folder: string; readonly threads: number },
  ) {
    this.#folder = source.folder;
    this.#threads = source.threads;
    const parameters = [...parameterShapes(config).values()].reduce((sum, shape) => sum + elementCount(shape), 0);
    this.prefillChunk = Math.min(256, Math.max(16, 2 ** Math.floor(Math.log2(RUN_BUDGET / parameters))));
  }

  /** @throws PurpgateError `model_unusable`. */
  static async load(folder: string, threads: number): Promise<Model> {
    const config = await readModelConfig(folder);
    const tokenizer = await loadTokenizer(folder);
    if (tokenizer.vocabularySize > config.vocabulary)
      throw new PurpgateError('model_unusable', {
        message: `the tokenizer of ${folder} has more tokens than the model`,
      });
    const template = await loadChatTemplate(folder);
    const stopIds = await readStopIds(folder, tokenizer);
    const model = new Model(config, tokenizer, template, stopIds, { folder, threads });
    await model.#session(null);
    return model;
  }

  /** Idempotent. @throws PurpgateError `model_unusable` when the file is not an adapter of this model. */
  async loadAdapter(version: VersionName, file: string): Promise<void> {
    if (this.#adapters.has(version)) return;
    const adapter = await readAdapter(file, this.config);
    this.#adapters.set(version, { session: await this.#session(adapter.rank), feeds: loraFeeds(adapter) });
  }

  unloadAdapter(version: VersionName): void {
    this.#adapters.delete(version);
  }

  hasAdapter(version: VersionName): boolean {
    return this.#adapters.has(version);
  }

  /**
   * Runs S new tokens of each of the slab's first B rows and writes their keys and values. Rows of more than one token must be alone.
   * Returns logits of the last token per row, [B, vocabulary] flat, or null where they are not wanted.
   */
  async step({ slab, ids_BS, adapter }: StepInput, logits: 'wanted' | 'unwanted'): Promise<Float32Array | null> {
    const rows = ids_BS.length;
    const tokens = ids_BS[0]?.length ?? 0;
    const loaded = adapter === null ? null : this.#adapters.get(adapter);
    if (loaded === undefined) throw new Error(`adapter ${adapter} is not loaded`);
    const positions = ids_BS.flatMap((ids, row) => ids.map((_, index) => BigInt(slab.length(row) + index)));
    const feeds: Feeds = {
      ...slab.feeds(rows),
      ...loaded?.feeds,
      input_ids: int64(BigInt64Array.from(ids_BS.flat(), BigInt), [rows, tokens]),
      positions: int64(BigInt64Array.from(positions), [rows, tokens]),
      new_mask: this.#mask(tokens),
    };
    const session = loaded?.session ?? (await this.#session(null));
    const outputs = await session.run(feeds, logits === 'wanted' ? undefined : this.#cacheOutputs());
    for (let row = 0; row < rows; row++) slab.write(row, { outputs, source: row, tokens });
    return outputs['logits']?.data ?? null;
  }

  #cacheOutputs(): string[] {
    return Array.from({ length: this.config.layers }, (_, layer) => [`new_key.${layer}`, `new_value.${layer}`]).flat();
  }

  /** Kept for the two lengths of most runs; the last chunk of a prompt has any length. */
  #mask(tokens: number): Tensor {
    const kept = this.#masks.get(tokens);
    if (kept !== undefined) return kept;
    const mask = causalMask(tokens, this.config.heads / this.config.kvHeads);
    if (tokens === 1 || tokens === this.prefillChunk) this.#masks.set(tokens, mask);
    return mask;
  }

  /** Graphs differ by the rank of their LoRA inputs, so each rank has a session of its own, with its own copy of the weights. */
  async #session(loraRank: number | null): Promise<Session> {
    const open = this.#sessions.get(loraRank);
    if (open !== undefined) return open;
    const { bytes } = buildInferenceGraph(this.config, await readModelWeights(this.#folder), { loraRank });
    const session = await createSession(bytes, { threads: this.#threads, spinning: false });
    this.#sessions.set(loraRank, session);
    return session;
  }
}
