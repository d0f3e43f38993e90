/**
 * Entry of the engine's process. It holds no state that matters: the parent may kill it at any time, and starts another when it dies.
 */
import { randomInt } from 'node:crypto';
import { PurpgateError, toPurpgateError, unreachable } from '../../errors.js';
import { Constraints, type AllowedTokens } from '../../lm/constraint/constraint.js';
import { hashWeights } from './folder.js';
import { Model } from './model.js';
import { countPrompt, encodePrompt, textEndIds } from './prompt.js';
import {
  parseParentMessage,
  toErrorMessage,
  type ChildMessage,
  type GenerateMessage,
  type ParentMessage,
} from './protocol.js';
import { Scheduler } from './scheduler.js';
import { createJob } from './sequence.js';

interface Running {
  readonly model: Model;
  readonly scheduler: Scheduler;
  readonly constraints: Constraints;
}

let running: Running | null = null;

function send(message: ChildMessage): void {
  // Where the parent is gone, so is the reader; `disconnect` follows.
  process.send?.(message, undefined, undefined, () => undefined);
}

async function handle(message: ParentMessage): Promise<void> {
  if (message.type === 'start') {
    await start(message);
    return;
  }
  if (message.type === 'ping') {
    send({ type: 'pong' });
    return;
  }
  if (running === null) throw new Error(`${message.type} before start`);
  const { model, scheduler } = running;
  switch (message.type) {
    case 'generate':
      generate(running, message);
      return;
    case 'count_tokens':
      countTokens(model, message);
      return;
    case 'cancel':
      scheduler.cancel(message.request);
      return;
    case 'consumed':
      scheduler.consumed(message.request, message.tokens);
      return;
    case 'load_adapter':
      send({ type: 'adapter', call: message.call, error: await loadAdapter(model, message) });
      return;
    case 'unload_adapter':
      scheduler.releaseAdapter(message.version, () => {
        model.unloadAdapter(message.version);
        send({ type: 'adapter', call: message.call, error: null });
      });
      return;
    default:
      unreachable(message);
  }
}

async function start({ folder, threads, maxQueued }: ParentMessage & { type: 'start' }): Promise<void> {
  try {
    const model = await Model.load(folder, threads);
    const scheduler = new Scheduler({
      model,
      maxQueued,
      onStep: (outputs) => {
        send({ type: 'step', outputs });
      },
      onRefused: refuse,
    });
    running = { model, scheduler, constraints: new Constraints(model.tokenizer, model.stopIds) };
    send({ type: 'ready', sha256: hashWeights(folder) });
  } catch (thrown) {
    send({ type: 'failed', error: toErrorMessage(toPurpgateError(thrown)) });
  }
}

async function loadAdapter(model: Model, { version, file }: ParentMessage & { type: 'load_adapter' }) {
  try {
    await model.loadAdapter(version, file);
    return null;
  } catch (thrown) {
    return toErrorMessage(toPurpgateError(thrown));
  }
}

function generate({ model, scheduler, constraints }: Running, message: GenerateMessage): void {
  const { request, caller, adapter, sampling, reading, textPrompt } = message;
  try {
    if (adapter !== null && !model.hasAdapter(adapter))
      throw new PurpgateError('engine_unavailable', { message: `adapter ${adapter} is not loaded` });
    const promptIds = encodePrompt(model, message);
    const job = createJob({
      request,
      caller,
      adapter,
      promptIds,
      sampling,
      contextLength: model.config.maxPositions,
      reading,
      allowed: allowedTokens({ model, constraints }, message),
      stopIds: textPrompt === null ? model.stopIds : new Set([...model.stopIds, ...textEndIds(model.tokenizer)]),
      tokenizer: model.tokenizer,
      randomSeed: randomInt(2 ** 47),
    });
    scheduler.submit(job);
    send({ type: 'accepted', request, promptIds });
  } catch (thrown) {
    refuse(request, toPurpgateError(thrown));
  }
}

/** @throws PurpgateError `unsupported_parameter`. */
function allowedTokens(
  { model, constraints }: Pick<Running, 'model' | 'constraints'>,
  { tools, promises }: GenerateMessage,
): AllowedTokens | null {
  const { supportsTools } = model.template;
  const isCallRequired = promises.toolChoice !== 'auto' && promises.toolChoice !== 'none';
  if (isCallRequired && !supportsTools)
    throw new PurpgateError('unsupported_parameter', {
      publicMessage: 'tool_choice: this model knows no tools.',
      param: 'tool_choice',
    });
  return constraints.for({ ...promises, tools: supportsTools ? tools : [] });
}

/** The error of what is thrown goes with the answer: counting must not end the process. */
function countTokens(model: Model, message: ParentMessage & { type: 'count_tokens' }): void {
  const { call } = message;
  try {
    send({ type: 'counted', call, tokens: countPrompt(model, message), error: null });
  } catch (thrown) {
    send({ type: 'counted', call, tokens: 0, error: toErrorMessage(toPurpgateError(thrown)) });
  }
}

function refuse(request: number, error: PurpgateError): void {
  send({ type: 'refused', request, error: toErrorMessage(error) });
}

/** Ends the process without unwinding: `process.exit` while a run is in flight aborts with noise. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

process.on('message', (value) => {
  handle(parseParentMessage(value)).catch((thrown: unknown) => {
    console.error(thrown);
    end();
  });
});
// The channel closes when the parent ends, however it ended.
process.on('disconnect', end);
// Ctrl-C and service managers signal the whole group; the parent decides when requests in flight are done with.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
