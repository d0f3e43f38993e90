/**
 * A judge model: any OpenAI-compatible server, asked where the wording alone does not tell. What is judged is quoted as data in JSON, a verdict
 * is one of a closed list that a JSON schema names, and several votes decide: PurpCode's judge (arXiv 2507.19060) read a verdict out of free text.
 */
import { Pool } from 'undici';
import type { Config } from '../config.js';
import { PurpgateError } from '../errors.js';
import type { Json, JsonObject } from '../types.js';
import { undecided, type Judgement, type Oracle, type Sample } from './oracle.js';
import { ASSISTANCE, REFUSAL, type Question } from './judge-questions.js';

export interface JudgeSettings {
  /** Base URL, ending in /v1. */
  readonly url: string;
  readonly model: string;
  readonly apiKey: string | null;
  /** Asked per sample; a verdict needs more than half of them. */
  readonly votes: number;
  /** Milliseconds for all votes of a sample together. */
  readonly timeoutMs: number;
}

export interface Judge {
  /** The same for the same model, votes and questions. */
  readonly version: string;
  readonly timeoutMs: number;
  /** Null when no verdict has more than half of the votes. @throws PurpgateError `upstream_error` when no vote could be cast. */
  ask(question: Question, sample: Sample, signal: AbortSignal): Promise<string | null>;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** Null where the operator names none. */
export function judgeOf(config: Config): Judge | null {
  const { judgeUrl: url, judgeModel: model, judgeApiKey: apiKey, judgeVotes: votes, judgeTimeoutSeconds } = config;
  if (url === null || model === null) return null;
  return createJudge({ url, model, apiKey, votes, timeoutMs: 1000 * judgeTimeoutSeconds });
}

/** Raised when the questions change. */
const QUESTIONS_VERSION = '1';
/** Connections, and so votes that are cast at once. */
const CONNECTIONS = 8;
/** Characters of a request and of an answer; longer ones are not judged. */
const LONGEST = 32_768;
const MAX_RESPONSE_BYTES = 256 << 10;
/** For models that reason before they answer. */
const MAX_TOKENS = 4096;

export function createJudge({ url, model, apiKey, votes, timeoutMs }: JudgeSettings): Judge {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: CONNECTIONS, connect: { timeout: timeoutMs } });
  const path = `${pathname.replace(/\/$/, '')}/chat/completions`;
  const headers = {
    'content-type': 'application/json',
    ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
  };

  async function vote(body: JsonObject, signal: AbortSignal): Promise<unknown> {
    const response = await pool.request({ method: 'POST', path, headers, body: JSON.stringify(body), signal });
    const text = await readBounded(response.body, 'the judge');
    if (response.statusCode !== 200)
      throw new PurpgateError('upstream_error', { message: `the judge answered ${response.statusCode}` });
    return verdictIn(text);
  }

  return {
    version: `judge:${model}/${QUESTIONS_VERSION}x${votes}`,
    timeoutMs,
    async ask(question, sample, signal) {
      const judged = judgedText(sample);
      if (judged === null) return null;
      const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const cast = await Promise.allSettled(
        Array.from({ length: votes }, (_, seed) => vote(requestOf({ model, question, judged, seed, votes }), within)),
      );
      if (signal.aborted) throw new PurpgateError('request_aborted', { cause: signal.reason });
      const failed = cast.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined && cast.every(({ status }) => status === 'rejected'))
        throw new PurpgateError('upstream_error', { message: 'the judge cannot be asked', cause: failed.reason });
      const verdicts = cast.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : null));
      const counted = (verdict: string): number => verdicts.filter((value) => value === verdict).length;
      return Object.keys(question.verdicts).find((verdict) => 2 * counted(verdict) > votes) ?? null;
    },
    async stop() {
      if (!pool.destroyed) await pool.destroy();
    },
  };
}

/** Asks `judge` for what the oracle leaves undecided, and for nothing else. */
export function withJudge(oracle: Oracle, judge: Judge): Oracle {
  const question = oracle.name === 'assistance' ? ASSISTANCE : REFUSAL;
  return {
    name: oracle.name,
    version: `${oracle.version}+${judge.version}`,
    async judge(sample, signal): Promise<Judgement> {
      const worded = await oracle.judge(sample, signal);
      if (worded.value !== null || !question.isAbout(sample)) return worded;
      const verdict = await judge.ask(question, sample, signal);
      return verdict === null
        ? undecided(`${worded.reason ?? 'the wording does not tell'}; nor can the judge`)
        : (question.verdicts[verdict] ?? worded);
    },
  };
}

interface Ballot {
  readonly model: string;
  readonly question: Question;
  readonly judged: string;
  /** Number of the vote. */
  readonly seed: number;
  readonly votes: number;
}

function requestOf({ model, question, judged, seed, votes }: Ballot): JsonObject {
  return {
    model,
    messages: [
      { role: 'system', content: question.instructions },
      { role: 'user', content: judged },
    ],
    max_tokens: MAX_TOKENS,
    // Votes that are all the same would be one vote.
    ...(votes === 1 ? { temperature: 0 } : { temperature: 0.7, seed }),
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'verdict',
        strict: true,
        schema: {
          type: 'object',
          properties: { verdict: { type: 'string', enum: Object.keys(question.verdicts) } },
          required: ['verdict'],
          additionalProperties: false,
        },
      },
    },
  };
}

/** As one JSON text: a quote mark in an answer cannot end it. Null for what is too long. */
function judgedText({ prompt, response }: Sample): string | null {
  const request = prompt.map(({ role, text }) => ({ role, text }));
  const length = request.reduce((sum, { text }) => sum + text.length, 0);
  if (length > LONGEST || response.content.length > LONGEST) return null;
  return JSON.stringify({ request, answer: response.content });
}

/** @throws PurpgateError `upstream_error` when it is larger than 256 KiB; `who` is who sends it. */
export async function readBounded(body: AsyncIterable<Buffer>, who: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_RESPONSE_BYTES)
      throw new PurpgateError('upstream_error', { message: `${who} answers without end` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Null for whatever is no verdict: an abstention. */
function verdictIn(text: string): unknown {
  try {
    const completion = JSON.parse(text) as { choices?: readonly { message?: { content?: Json } }[] } | null;
    const content = completion?.choices?.[0]?.message?.content;
    const verdict: unknown = typeof content === 'string' ? JSON.parse(content) : null;
    return typeof verdict === 'object' && verdict !== null && 'verdict' in verdict ? verdict.verdict : null;
  } catch {
    return null;
  }
}
