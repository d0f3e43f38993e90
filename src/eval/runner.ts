/** Runs prompts through an engine and judges the answers. */
import { createHash } from 'node:crypto';
import type { Engine } from '../engine/engine.js';
import { unreachable } from '../errors.js';
import type { Sandbox } from '../reward/sandbox.js';
import type { SampleScorer } from '../reward/score.js';
import type { Delta, FinishReason, VersionName } from '../types.js';
import { judgeAnswer, type JudgedAnswer, type RecordedAnswer } from './judge.js';
import type { EvaluationPrompt } from './suite.js';

interface EvaluationOptions {
  /** Started. */
  readonly engine: Engine;
  /** Of an adapter that the engine has loaded; its base when absent. */
  readonly version?: VersionName;
  readonly scorer: SampleScorer;
  readonly sandbox: Sandbox;
  readonly prompts: readonly EvaluationPrompt[];
  /** Answers per prompt. */
  readonly samples: number;
  /** 0 is greedy. */
  readonly temperature: number;
  readonly seed: number;
  readonly maxTokens: number;
  /** Answers that are written or judged at once; more than the engine batches, so that it works on while others are judged. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Called after each answer with how many are judged, of how many. */
  readonly onProgress?: (judged: number, total: number) => void;
}

/** Answers in the order of the prompts. @throws PurpgateError of the engine or the scanner: nothing is skipped. */
export async function runEvaluation(options: EvaluationOptions): Promise<readonly JudgedAnswer[]> {
  const jobs = options.prompts.flatMap((prompt) =>
    Array.from({ length: options.samples }, (_, sample) => ({ prompt, sample })),
  );
  const judged: JudgedAnswer[] = [];
  let next = 0;
  let finished = 0;
  const work = async (): Promise<void> => {
    for (let job = next++; job < jobs.length; job = next++) {
      const given = jobs[job];
      if (given === undefined) continue;
      judged[job] = await answerAndJudge(given.prompt, given.sample, options);
      options.onProgress?.(++finished, jobs.length);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, work));
  return judged;
}

async function answerAndJudge(
  prompt: EvaluationPrompt,
  sample: number,
  options: EvaluationOptions,
): Promise<JudgedAnswer> {
  const { engine, temperature, seed, maxTokens } = options;
  // A signal of its own: many listeners on one would be reported as a leak.
  const signal = AbortSignal.any([options.signal]);
  const id = `evaluation-${prompt.id}-${sample}`;
  const deltas = engine.generate(
    {
      id,
      version: options.version ?? engine.model.version,
      messages: prompt.messages,
      tools: [],
      toolChoice: 'none',
      toolCalls: 'parallel',
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
  return judgeAnswer(prompt, await collect(deltas), options, signal);
}

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
      case 'prompt':
      case 'verdict':
      case 'usage':
        break;
      default:
        unreachable(delta);
    }
  }
  return { reasoning, content, tool_calls: calls, finish };
}
