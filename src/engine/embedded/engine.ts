/** The embedded engine, seen from the serving process: requests go to a child process, Deltas come back. */
import { PurpgateError, toPurpgateError, unreachable } from '../../errors.js';
import type { Logger, Metrics } from '../../telemetry.js';
import { parseAnalysisAnswer } from '../../text/analysis-answer.js';
import type { Delta, Message, VersionName } from '../../types.js';
import type { Engine, EngineHealth, GenerateRequest, ModelInfo } from '../engine.js';
import { ChoiceDeltas } from './deltas.js';
import { readModelFolder, type ModelFolder } from './folder.js';
import { fromErrorMessage, type ChildMessage } from './protocol.js';
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
}

/** Reads the folder's cards and digests its weights at once; the weights are loaded by `start`. @throws PurpgateError `model_unusable`. */
export function createEmbeddedEngine(options: EmbeddedEngineOptions): EmbeddedEngine {
  return new ChildEngine(options, readModelFolder(options.folder));
}

interface AdapterCall {
  readonly resolve: () => void;
  readonly reject: (error: PurpgateError) => void;
}

class ChildEngine implements EmbeddedEngine {
  readonly model: ModelInfo;
  readonly #folder: ModelFolder;
  readonly #logger: Logger;
  readonly #supervisor: Supervisor;
  readonly #requests = new Map<number, RequestStream>();
  readonly #calls = new Map<number, AdapterCall>();
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
    refuseConstraints(request);
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

  async loadAdapter(version: VersionName, file: string): Promise<void> {
    await this.#call((call) => ({ type: 'load_adapter', call, version, file }));
    this.#adapters.set(version, file);
  }

  async unloadAdapter(version: VersionName): Promise<void> {
    this.#adapters.delete(version);
    await this.#call((call) => ({ type: 'unload_adapter', call, version }));
  }

  #open(request: GenerateRequest): { number: number; stream: RequestStream } {
    const { version, caller = '', messages, tools, toolChoice, sampling } = request;
    if (this.health() !== 'ready') throw new PurpgateError('engine_unavailable');
    const adapter = version === null || version === this.model.version ? null : version;
    if (adapter !== null && !this.#adapters.has(adapter))
      throw new PurpgateError('engine_unavailable', { message: `version ${adapter} is not loaded` });
    const number = ++this.#lastNumber;
    const offered = toolChoice === 'none' ? [] : tools;
    const options = { format: this.#folder.format, tools: offered.length > 0 ? 'read' : 'ignored' } as const;
    const stream = new RequestStream({
      choices: Array.from({ length: sampling.choices }, (_, choice) => new ChoiceDeltas(choice, options)),
      onTaken: (tokens) => {
        this.#supervisor.send({ type: 'consumed', request: number, tokens });
      },
    });
    this.#requests.set(number, stream);
    const rendered = this.#folder.format === 'plain' ? messages : messages.map(withoutAnalysis);
    this.#supervisor.send({
      type: 'generate',
      request: number,
      caller,
      adapter,
      messages: rendered,
      tools: offered,
      sampling,
    });
    return { number, stream };
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
      case 'adapter': {
        const call = this.#calls.get(message.call);
        this.#calls.delete(message.call);
        if (message.error === null) call?.resolve();
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

  #call(message: (call: number) => Parameters<Supervisor['send']>[0]): Promise<void> {
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

/** What needs constrained decoding, which this engine does not have: an unconstrained answer would break a promise silently. */
function refuseConstraints({ toolChoice, responseFormat }: GenerateRequest): void {
  const refuse = (param: string, publicMessage: string): never => {
    throw new PurpgateError('unsupported_parameter', { param, publicMessage });
  };
  if (toolChoice !== 'auto' && toolChoice !== 'none')
    refuse('tool_choice', 'This model supports only the tool_choice values "auto" and "none".');
  if (responseFormat.type !== 'text') refuse('response_format', 'This model supports only the response_format "text".');
}

/** Clients that keep our reasoning in the content send it back; the model was trained to see only earlier answers. */
function withoutAnalysis(message: Message): Message {
  if (message.role !== 'assistant') return message;
  const parsed = parseAnalysisAnswer(message.content);
  return parsed === null ? message : { ...message, content: parsed.answer };
}
