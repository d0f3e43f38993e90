/** The embedded engine, seen from the serving process: requests go to a child process, Deltas come back. */
import { PurpgateError, toPurpgateError, unreachable } from '../../errors.js';
import type { Logger, Metrics } from '../../telemetry.js';
import { parseAnalysisAnswer } from '../../text/analysis-answer.js';
import type { Delta, Message, VersionName } from '../../types.js';
import type { Engine, EngineHealth, GenerateRequest, ModelInfo, PromptParts } from '../engine.js';
import { ChoiceDeltas } from './deltas.js';
import { readModelFolder, type ModelFolder } from './folder.js';
import { fromErrorMessage, type ChildMessage, type PromptMessage } from './protocol.js';
import type { Reading } from './reading.js';
import { RequestStream } from './request-stream.js';
import { Supervisor } from './supervisor.js';

interface EmbeddedEngineOptions {
  /** Hugging Face folder of a Qwen2 or Llama checkpoint; purpgate.json in it may name the model and its format. */
  readonly folder: string;
  readonly threads: number;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'engineRestarts'>;
  /** Requests that may wait for their turn; more are refused with `overloaded`. */
  readonly maxQueued: number;
  /** See Supervisor. */
  readonly heartbeatMs?: number;
}

export interface EmbeddedEngine extends Engine {
  /**
   * Loads a LoRA adapter; once resolved, requests may name the version, also after a restart. Idempotent.
   * @throws PurpgateError `model_unusable` or `engine_unavailable`.
   */
  loadAdapter(version: VersionName, file: string): Promise<void>;
  /** Requests still in flight on the version fail with `engine_unavailable`. Idempotent. @throws PurpgateError `engine_unavailable`. */
  unloadAdapter(version: VersionName): Promise<void>;
  /** Id of the child process; null while there is none. */
  readonly processId: number | null;
  /** Requests that wait or are answered. */
  readonly inFlight: number;
}

/** Reads the folder's cards and digests its weights at once; the weights are loaded by `start`. @throws PurpgateError `model_unusable`. */
export function createEmbeddedEngine(options: EmbeddedEngineOptions): EmbeddedEngine {
  return new ChildEngine(options, readModelFolder(options.folder));
}

interface Call {
  /** `tokens`: what was counted; 0 where nothing was to be. */
  readonly resolve: (tokens: number) => void;
  readonly reject: (error: PurpgateError) => void;
}

class ChildEngine implements EmbeddedEngine {
  readonly model: ModelInfo;
  readonly #folder: ModelFolder;
  readonly #logger: Logger;
  readonly #supervisor: Supervisor;
  readonly #requests = new Map<number, RequestStream>();
  readonly #calls = new Map<number, Call>();
  /** Files of the loaded adapters, for the next process. */
  readonly #adapters = new Map<VersionName, string>();
  #lastNumber = 0;

  constructor(options: EmbeddedEngineOptions, read: ModelFolder) {
    const { folder, threads, maxQueued, logger, metrics, heartbeatMs } = options;
    this.model = read.info;
    this.#folder = read;
    this.#logger = logger;
    this.#supervisor = new Supervisor({
      first: { type: 'start', folder, threads, maxQueued },
      sha256: read.sha256,
      logger,
      metrics,
      ...(heartbeatMs !== undefined && { heartbeatMs }),
      prepare: () => this.#reloadAdapters(),
      onMessage: (message) => {
        this.#receive(message);
      },
      onDeath: () => {
        this.#failAll();
      },
    });
  }

  get processId(): number | null {
    return this.#supervisor.processId;
  }

  get inFlight(): number {
    return this.#requests.size;
  }

  health(): EngineHealth {
    return this.#supervisor.health;
  }

  async start(signal: AbortSignal): Promise<void> {
    const stop = () => void this.stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (signal.aborted) throw new PurpgateError('engine_unavailable', { message: 'the start was aborted' });
      await this.#supervisor.start();
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async stop(): Promise<void> {
    await this.#supervisor.stop();
    this.#failAll();
  }

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    const { number, stream } = this.#open(request);
    const abort = () => {
      stream.fail(new PurpgateError('request_aborted'));
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      yield* stream.deltas();
    } finally {
      signal.removeEventListener('abort', abort);
      // Also where it has failed: an abort, and a consumer that left, are news to the process.
      if (this.#requests.delete(number)) this.#supervisor.send({ type: 'cancel', request: number });
    }
  }

  async countPromptTokens(prompt: PromptParts, signal: AbortSignal): Promise<number> {
    const aborted = new PurpgateError('request_aborted');
    if (signal.aborted) throw aborted;
    if (this.health() !== 'ready') throw new PurpgateError('engine_unavailable');
    let abort = () => {};
    const abortion = new Promise<never>((_, reject) => {
      abort = () => {
        reject(aborted);
      };
    });
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([
        this.#call((call) => ({ type: 'count_tokens', call, ...this.#prompt(prompt) })),
        abortion,
      ]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async loadAdapter(version: VersionName, file: string): Promise<void> {
    await this.#call((call) => ({ type: 'load_adapter', call, version, file }));
    this.#adapters.set(version, file);
  }

  async unloadAdapter(version: VersionName): Promise<void> {
    this.#adapters.delete(version);
    await this.#call((call) => ({ type: 'unload_adapter', call, version }));
  }

  #open(request: GenerateRequest): { number: number; stream: RequestStream } {
    const { version, caller = '', tools, toolChoice, toolCalls, responseFormat, textPrompt, sampling } = request;
    if (this.health() !== 'ready') throw new PurpgateError('engine_unavailable');
    const adapter = version === null || version === this.model.version ? null : version;
    if (adapter !== null && !this.#adapters.has(adapter))
      throw new PurpgateError('engine_unavailable', { message: `version ${adapter} is not loaded` });
    const number = ++this.#lastNumber;
    const offered = toolChoice === 'none' ? [] : tools;
    const prompt = this.#prompt({ ...request, tools: offered });
    const reading: Reading =
      textPrompt === undefined
        ? {
            format: this.#folder.format,
            tools: offered.length === 0 ? 'ignored' : toolCalls === 'single' ? 'first' : 'read',
          }
        : { format: 'plain', tools: 'ignored' };
    const stream = new RequestStream({
      choices: Array.from({ length: sampling.choices }, (_, choice) => new ChoiceDeltas(choice, reading)),
      onTaken: (tokens) => {
        this.#supervisor.send({ type: 'consumed', request: number, tokens });
      },
    });
    this.#requests.set(number, stream);
    const promises = { toolChoice, toolCalls, responseFormat };
    const message = { request: number, caller, adapter, ...prompt, sampling, reading, promises };
    this.#supervisor.send({ type: 'generate', ...message });
    return { number, stream };
  }

  #prompt({ messages, tools, textPrompt }: PromptParts): PromptMessage {
    const rendered = this.#folder.format === 'plain' ? messages : messages.map(withoutAnalysis);
    return { messages: rendered, tools, textPrompt: textPrompt ?? null };
  }

  #receive(message: ChildMessage): void {
    switch (message.type) {
      case 'accepted':
        this.#requests.get(message.request)?.accept(message.promptIds);
        return;
      case 'refused':
        this.#end(message.request, fromErrorMessage(message.error));
        return;
      case 'step':
        for (const output of message.outputs) {
          const stream = this.#requests.get(output.request);
          stream?.add(output);
          if (stream?.isOver === true) this.#requests.delete(output.request);
        }
        return;
      case 'adapter':
      case 'counted': {
        const call = this.#calls.get(message.call);
        this.#calls.delete(message.call);
        if (message.error === null) call?.resolve(message.type === 'counted' ? message.tokens : 0);
        else call?.reject(fromErrorMessage(message.error));
        return;
      }
      case 'ready':
      case 'failed':
      case 'pong':
        return;
      default:
        unreachable(message);
    }
  }

  #end(request: number, error: PurpgateError): void {
    this.#requests.get(request)?.fail(error);
    this.#requests.delete(request);
  }

  #failAll(): void {
    for (const request of [...this.#requests.keys()])
      this.#end(request, new PurpgateError('engine_unavailable', { message: 'the engine process ended' }));
    for (const [number, call] of this.#calls) {
      this.#calls.delete(number);
      call.reject(new PurpgateError('engine_unavailable'));
    }
  }

  #call(message: (call: number) => Parameters<Supervisor['send']>[0]): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#supervisor.processId === null) {
        reject(new PurpgateError('engine_unavailable'));
        return;
      }
      const number = ++this.#lastNumber;
      this.#calls.set(number, { resolve, reject });
      this.#supervisor.send(message(number));
    });
  }

  /** An adapter that is gone from the disk makes its version unavailable, and must not keep the others from being served. */
  async #reloadAdapters(): Promise<void> {
    for (const [version, file] of this.#adapters) {
      try {
        await this.loadAdapter(version, file);
      } catch (thrown) {
        const error = toPurpgateError(thrown);
        if (error.code !== 'model_unusable') throw error;
        this.#adapters.delete(version);
        this.#logger.error({ error, version }, 'an adapter could not be loaded again');
      }
    }
  }
}

/** Clients that keep our reasoning in the content send it back; the model was trained to see only earlier answers. */
function withoutAnalysis(message: Message): Message {
  if (message.role !== 'assistant') return message;
  const parsed = parseAnalysisAnswer(message.content);
  return parsed === null ? message : { ...message, content: parsed.answer };
}
