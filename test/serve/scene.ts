/** A Serving over an engine, a guard and a spool that a test scripts. */
import assert from 'node:assert/strict';
import type { Engine, GenerateRequest } from '../../src/engine/engine.js';
import { ModelTable } from '../../src/engine/models.js';
import { PurpgateError } from '../../src/errors.js';
import type { LogRecord, Topic } from '../../src/events/event-log.js';
import type { Guard } from '../../src/guard/guard.js';
import { type ServingParts, createServing } from '../../src/serve/serving.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { CompletionRequest, Delta, Verdict } from '../../src/types.js';
import { CALLER, REQUEST, REDACTION_KEY } from '../support/request.js';

export const BLOCK: Verdict = {
  stage: 'input',
  guard: 'prompt-rules',
  action: 'block',
  label: 'malicious',
  score: 1,
  findings: [],
  scannedBytes: 8,
  ms: 0,
};

export const USAGE: Delta = { type: 'usage', usage: { promptTokens: 3, completionTokens: 2, reasoningTokens: 0 } };
export const ANSWER: readonly Delta[] = [
  { type: 'text', choice: 0, text: 'ans', tokens: { ids: [5], logprobs: [-0.5] } },
  { type: 'text', choice: 0, text: 'wer', tokens: { ids: [6], logprobs: [-0.25] } },
  { type: 'finish', choice: 0, reason: 'stop' },
  USAGE,
];

export class Scene {
  readonly recorded: { topic: Topic; record: LogRecord }[] = [];
  /** Set when the engine's iterator was left or aborted before its end. */
  engineStopped = false;
  full = false;
  appendFails = false;

  readonly parts: ServingParts;
  readonly engine: Engine;

  constructor(
    generate: (signal: AbortSignal, request: GenerateRequest) => AsyncIterable<Delta>,
    guard: Partial<Guard> = {},
    { aliases = [], ...options }: Partial<ServingParts> & { readonly aliases?: readonly string[] } = {},
  ) {
    // Arrow functions below must see the scene.
    this.engine = {
      model: { id: 'model', contextLength: 100, rules: 'off', version: 'purp@0123456789ab' },
      health: () => 'ready',
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
      generate: (request, signal) => this.#watch(generate(signal, request)),
      countPromptTokens: ({ messages }) => Promise.resolve(messages.length),
    };
    this.parts = {
      models: new ModelTable([{ engine: this.engine, ids: ['model', ...aliases] }]),
      guards: {
        of: () => ({
          policy: { name: 'default', hash: 'hash' },
          blockedPrompt: 'answer',
          repairs: 'none',
          input: () => Promise.resolve({ verdicts: [], blockedBy: null }),
          output: (deltas) => deltas,
          ...guard,
        }),
      },
      spool: {
        append: (topic, record) => {
          if (this.appendFails) return Promise.reject(new PurpgateError('interaction_log_full'));
          this.recorded.push({ topic, record });
          return Promise.resolve();
        },
        isFull: () => this.full,
        pending: { bytes: 0, oldestMs: null },
        close: () => Promise.resolve(),
      } as ServingParts['spool'],
      metrics: createMetrics(),
      logger: createLogger('silent'),
      configHash: 'config',
      redactionKey: REDACTION_KEY,
      ...options,
    };
  }

  async *#watch(deltas: AsyncIterable<Delta>): AsyncGenerator<Delta> {
    let ended = false;
    try {
      yield* deltas;
      ended = true;
    } finally {
      if (!ended) this.engineStopped = true;
    }
  }

  async tokensCounted(kind: 'prompt' | 'completion'): Promise<number | undefined> {
    const { values } = await this.parts.metrics.tokens.get();
    return values.find(({ labels }) => labels.kind === kind)?.value;
  }

  complete(request: CompletionRequest = REQUEST, signal = new AbortController().signal) {
    return createServing(this.parts).complete(request, CALLER, signal);
  }

  get event(): Record<string, unknown> {
    assert.equal(this.recorded.length, 1);
    return this.recorded[0]?.record.value as Record<string, unknown>;
  }
}

export async function* from(deltas: readonly Delta[]): AsyncGenerator<Delta> {
  for (const delta of deltas) {
    await Promise.resolve();
    yield delta;
  }
}

/** Yields one text, then waits for the abort, as an engine in the middle of a generation. */
export async function* endless(signal: AbortSignal): AsyncGenerator<Delta> {
  yield { type: 'prompt', promptTokens: 7 };
  yield { type: 'text', choice: 0, text: 'begin', tokens: { ids: [5, 6], logprobs: [-1, -1] } };
  if (!signal.aborted)
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
  throw new PurpgateError('request_aborted');
}

export async function collect(deltas: AsyncIterable<Delta>): Promise<Delta[]> {
  const all: Delta[] = [];
  for await (const delta of deltas) all.push(delta);
  return all;
}
