/** Runs prompts through an engine and judges the answers. */
import { createHash } from 'node:crypto';
import type { Engine } from '../engine/engine.js';
import { unreachable } from '../errors.js';
import type { SampleScorer, UnscoredSample } from '../reward/score.js';
import type { Delta, FinishReason } from '../types.js';
import type { JudgedAnswer, RecordedAnswer } from './metrics.js';
import type { EvaluationPrompt, PromptKind } from './suite.js';

interface EvaluationOptions {
  /** Started. */
  readonly engine: Engine;
  readonly scorer: SampleScorer;
  readonly prompts: readonly EvaluationPrompt[];
  /** Answers per prompt. */
  readonly samples: number;
  /** 0 is greedy. */
  readonly temperature: number;
  readonly seed: number;
  readonly maxTokens: number;
  /** Requests in flight. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/** Answers in the order of the prompts. @throws PurpgateError of the engine or the scanner: nothing is skipped. */
export async function runEvaluation(options: EvaluationOptions): Promise<readonly JudgedAnswer[]> {
  const jobs = options.prompts.flatMap((prompt) =>
    Array.from({ length: options.samples }, (_, sample) => ({ prompt, sample })),
  );
  const judged: JudgedAnswer[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let job = next++; job < jobs.length; job = next++) {
      const given = jobs[job];
      if (given !== undefined) judged[job] = await judge(given.prompt, given.sample, options);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, work));
  return judged;
}

async function judge(prompt: EvaluationPrompt, sample: number, options: EvaluationOptions): Promise<JudgedAnswer> {
  const { engine, scorer, temperature, seed, maxTokens } = options;
  // A signal of its own: many listeners on one would be reported as a leak.
  const signal = AbortSignal.any([options.signal]);
  const id = `evaluation-${prompt.id}-${sample}`;
  const deltas = engine.generate(
    {
      id,
      version: engine.model.version,
      messages: prompt.messages,
      tools: [],
      toolChoice: 'none',
      responseFormat: { type: 'text' },
      sampling: {
        temperature,
        topP: 1,
        maxTokens,
        stop: [],
        seed: requestSeed(seed, id),
        choices: 1,
        frequencyPenalty: 0,
        presencePenalty: 0,
      },
      forward: {},
    },
    signal,
  );
  const answer = await collect(deltas);
  const reward = await scorer.score(
    {
      prompt: prompt.messages.map(({ role, content }) => ({ role, text: content })),
      response: answer,
      format: 'required',
      kind: SAMPLE_KINDS[prompt.kind],
      tests: 'none',
    },
    signal,
  );
  return { prompt, answer, reward };
}

const SAMPLE_KINDS: Readonly<Record<PromptKind, NonNullable<UnscoredSample['kind']>>> = {
  code: 'code',
  utility: 'code',
  benign: 'code',
  malicious: 'malicious',
  question: 'security_question',
  chat: 'general',
};

/** Each answer has its own seed, so that it does not depend on what else is evaluated. */
function requestSeed(seed: number, id: string): number {
  return createHash('sha256').update(`${seed} ${id}`).digest().readUInt32BE(0);
}

async function collect(deltas: AsyncIterable<Delta>): Promise<RecordedAnswer> {
  let reasoning = '';
  let content = '';
  let finish: FinishReason | null = null;
  const calls: RecordedAnswer['tool_calls'][number][] = [];
  for await (const delta of deltas) {
    switch (delta.type) {
      case 'reasoning':
        reasoning += delta.text;
        break;
      case 'text':
        content += delta.text;
        break;
      case 'tool_start':
        calls.push({ id: delta.id, name: delta.name, arguments: '' });
        break;
      case 'tool_args': {
        const call = calls.pop();
        if (call !== undefined) calls.push({ ...call, arguments: call.arguments + delta.text });
        break;
      }
      case 'finish':
        finish = delta.reason;
        break;
      case 'verdict':
      case 'usage':
        break;
      default:
        unreachable(delta);
    }
  }
  return { reasoning, content, tool_calls: calls, finish };
}
