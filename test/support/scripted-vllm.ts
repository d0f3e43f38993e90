/**
 * A server that plays the routes of vLLM which adapters need, written from its documentation: not vLLM. What it scores is real: the reference
 * decoder computes it from the weights of a tiny model and of the adapter that it was told to load.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readPeftAdapter, readPeftConfig } from '../../src/lm/peft.js';
import { readModelWeights } from '../../src/lm/safetensors.js';
import { readJson } from '../../src/lm/tokenizer.js';
import type { JsonObject } from '../../src/types.js';
import { type ReferenceModel, referenceLogprobs, toFloat64 } from './reference-decoder.js';
import type { TinyModel } from './tiny-model.js';

/** What it does with an adapter. */
export type Serving =
  | 'right'
  /** Loads it, and answers as the base does. */
  | 'base'
  /** Applies it too strongly. */
  | 'wrong'
  | 'refuses';

export class ScriptedVllm {
  serving: Serving = 'right';
  /** Models that requests for chat named, in order. */
  readonly asked: string[] = [];
  /** Adapters that it was told to load, in order. */
  readonly loads: string[] = [];
  #adapters = new Map<string, ReferenceModel>();
  #base: ReferenceModel | null = null;
  #server: Server | null = null;
  #port = 0;

  constructor(
    private readonly model: TinyModel,
    readonly base: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}/v1`;
  }

  get loaded(): readonly string[] {
    return [...this.#adapters.keys()];
  }

  /** With nothing loaded; at the address that it had before. */
  async start(): Promise<void> {
    this.#adapters = new Map();
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        fail(response, 500, String(error));
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const name = textOf(body, 'lora_name');
    switch (request.url) {
      case '/v1/models':
        json(response, { object: 'list', data: [this.base, ...this.loaded].map((id) => ({ id, object: 'model' })) });
        return;
      case '/v1/load_lora_adapter':
        if (this.serving === 'refuses' || this.#adapters.has(name)) {
          fail(response, 400, `The lora adapter '${name}' cannot be loaded, or is there already.`);
          return;
        }
        this.#adapters.set(name, await this.#load(textOf(body, 'lora_path')));
        this.loads.push(name);
        response.end(`Success: LoRA adapter '${name}' added successfully.`);
        return;
      case '/v1/unload_lora_adapter':
        if (this.#adapters.delete(name)) response.end(`Success: LoRA adapter '${name}' removed successfully.`);
        else fail(response, 404, `The lora adapter '${name}' cannot be found.`);
        return;
      case '/v1/completions':
        await this.#score(body, response);
        return;
      case '/v1/chat/completions':
        this.#chat(body, response);
        return;
      default:
        fail(response, 404, 'Not Found');
    }
  }

  async #load(path: string): Promise<ReferenceModel> {
    const peft = readPeftConfig((await readJson(path, 'adapter_config.json')) ?? {});
    const { config } = this.model;
    const adapter = await readPeftAdapter(join(path, 'adapter_model.safetensors'), config, peft);
    const base = await this.#reference();
    if (this.serving === 'base') return base;
    const strength = this.serving === 'wrong' ? 1.5 : 1;
    return {
      config,
      parameters: new Map([...base.parameters, ...toFloat64(adapter.tensors)]),
      loraScale: (strength * adapter.alpha) / adapter.rank,
    };
  }

  async #reference(): Promise<ReferenceModel> {
    this.#base ??= {
      config: this.model.config,
      parameters: toFloat64(await readModelWeights(this.model.folder)),
      loraScale: null,
    };
    return this.#base;
  }

  async #score(body: JsonObject, response: ServerResponse): Promise<void> {
    const name = textOf(body, 'model');
    const model = name === this.base ? await this.#reference() : this.#adapters.get(name);
    if (model === undefined) {
      fail(response, 404, `The model \`${name}\` does not exist.`);
      return;
    }
    const ids = body['prompt'] as number[];
    const scored = referenceLogprobs(model, ids.slice(0, -1), ids.slice(1)).map((logprob, index) => ({
      [String(ids[index + 1])]: { logprob, rank: 1, decoded_token: '' },
    }));
    json(response, { choices: [{ index: 0, text: '', finish_reason: 'length', prompt_logprobs: [null, ...scored] }] });
  }

  #chat(body: JsonObject, response: ServerResponse): void {
    const name = textOf(body, 'model');
    if (name !== this.base && !this.#adapters.has(name)) {
      fail(response, 404, `The model \`${name}\` does not exist.`);
      return;
    }
    this.asked.push(name);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = (choice: object): string => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
    response.end(
      `${chunk({ delta: { role: 'assistant', content: name } })}${chunk({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`,
    );
  }
}

const textOf = (body: JsonObject, name: string): string => {
  const value = body[name];
  return typeof value === 'string' ? value : '';
};

async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as JsonObject);
}

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function fail(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message, type: 'NotFoundError', code: status } }));
}
