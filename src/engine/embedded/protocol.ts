/**
 * What the engine and its child process say to each other. Both ends are this package, so parsing checks what a defect or a foreign
 * writer on the channel could break, and leaves the inner shape of messages and tools, which came typed from the same build, alone.
 */
import { ERRORS, PurpgateError, type ErrorCode } from '../../errors.js';
import type { FinishReason, Message, Sampling, TextPrompt, TokenLogprob, Tool, VersionName } from '../../types.js';
import type { Promises } from '../../lm/constraint/constraint.js';
import type { Reading } from './reading.js';

export type ParentMessage =
  | { readonly type: 'start'; readonly folder: string; readonly threads: number; readonly maxQueued: number }
  | GenerateMessage
  | ({ readonly type: 'count_tokens'; readonly call: number } & PromptMessage)
  /** Asks for a sign of life. */
  | { readonly type: 'ping' }
  | { readonly type: 'cancel'; readonly request: number }
  /** How many of a request's tokens the consumer has taken so far. */
  | { readonly type: 'consumed'; readonly request: number; readonly tokens: number }
  | { readonly type: 'load_adapter'; readonly call: number; readonly version: VersionName; readonly file: string }
  | { readonly type: 'unload_adapter'; readonly call: number; readonly version: VersionName };

/** What a prompt is made of. */
export interface PromptMessage {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  /** Where it is not null, it alone makes the prompt. */
  readonly textPrompt: TextPrompt | null;
}

export interface GenerateMessage extends PromptMessage {
  readonly type: 'generate';
  /** Counted by the parent; never used again. */
  readonly request: number;
  /** Callers share the engine evenly. */
  readonly caller: string;
  /** null means the base weights. */
  readonly adapter: VersionName | null;
  readonly sampling: Sampling;
  readonly reading: Reading;
  /** What the answer must be, whatever the model tends to. */
  readonly promises: Omit<Promises, 'tools'>;
}

export type ChildMessage =
  /** `sha256`: of the weights that were loaded. */
  | { readonly type: 'ready'; readonly sha256: string }
  /** The model cannot be loaded; the parent ends the child. */
  | { readonly type: 'failed'; readonly error: ErrorMessage }
  /** The request has its prompt, and waits or runs. */
  | { readonly type: 'accepted'; readonly request: number; readonly promptIds: readonly number[] }
  /** The request is over without a result. */
  | { readonly type: 'refused'; readonly request: number; readonly error: ErrorMessage }
  /** One decode step of a whole batch. */
  | { readonly type: 'step'; readonly outputs: readonly StepOutput[] }
  | { readonly type: 'pong' }
  | { readonly type: 'adapter'; readonly call: number; readonly error: ErrorMessage | null }
  /** The answer to `count_tokens`. */
  | { readonly type: 'counted'; readonly call: number; readonly tokens: number; readonly error: ErrorMessage | null };

export interface ErrorMessage {
  readonly code: ErrorCode;
  readonly publicMessage: string;
  readonly message: string;
  readonly param: string | null;
}

/** A token as clients see it who asked for log-probabilities. */
export interface ToldToken {
  readonly logprob: TokenLogprob;
  /** UTF-16 code units of text that it completed. */
  readonly length: number;
}

/** One token of one choice. */
export interface StepOutput {
  readonly request: number;
  readonly choice: number;
  readonly id: number;
  readonly logprob: number;
  /** Text that is now certain: it may lag behind the token while a character or a stop string may still be completed. */
  readonly text: string;
  readonly finish: Exclude<FinishReason, 'tool_calls'> | null;
  /** The stop string that ended the choice. */
  readonly stopSequence?: string;
  /** Only where the request asks for it, and not of tokens that are never text. */
  readonly told?: ToldToken;
}

export function toErrorMessage({ code, publicMessage, message, param }: PurpgateError): ErrorMessage {
  return { code, publicMessage, message, param };
}

export function fromErrorMessage({ code, publicMessage, message, param }: ErrorMessage): PurpgateError {
  return new PurpgateError(code, { publicMessage, message, ...(param === null ? {} : { param }) });
}

/** @throws TypeError when the value is no message of the parent. */
export function parseParentMessage(value: unknown): ParentMessage {
  if (isParentMessage(value)) return value;
  throw new TypeError('not a message of the engine to its process');
}

/** @throws TypeError when the value is no message of the child. */
export function parseChildMessage(value: unknown): ChildMessage {
  if (isChildMessage(value)) return value;
  throw new TypeError('not a message of the engine process');
}

function isParentMessage(value: unknown): value is ParentMessage {
  if (!isRecord(value)) return false;
  switch (value['type']) {
    case 'start':
      return isText(value['folder']) && isCount(value['threads']) && isCount(value['maxQueued']);
    case 'generate':
      return (
        isCount(value['request']) &&
        isText(value['caller']) &&
        (value['adapter'] === null || isVersion(value['adapter'])) &&
        isRecord(value['sampling']) &&
        isRecord(value['reading']) &&
        isRecord(value['promises']) &&
        isPrompt(value)
      );
    case 'count_tokens':
      return isCount(value['call']) && isPrompt(value);
    case 'ping':
      return true;
    case 'cancel':
      return isCount(value['request']);
    case 'consumed':
      return isCount(value['request']) && isCount(value['tokens']);
    case 'load_adapter':
      return isCount(value['call']) && isVersion(value['version']) && isText(value['file']);
    case 'unload_adapter':
      return isCount(value['call']) && isVersion(value['version']);
    default:
      return false;
  }
}

function isChildMessage(value: unknown): value is ChildMessage {
  if (!isRecord(value)) return false;
  switch (value['type']) {
    case 'ready':
      return isText(value['sha256']);
    case 'pong':
      return true;
    case 'failed':
      return isErrorMessage(value['error']);
    case 'accepted':
      return isCount(value['request']) && Array.isArray(value['promptIds']) && value['promptIds'].every(isCount);
    case 'refused':
      return isCount(value['request']) && isErrorMessage(value['error']);
    case 'step':
      return Array.isArray(value['outputs']) && value['outputs'].every(isOutput);
    case 'adapter':
      return isCount(value['call']) && isOptional(value['error'], isErrorMessage);
    case 'counted':
      return isCount(value['call']) && isCount(value['tokens']) && isOptional(value['error'], isErrorMessage);
    default:
      return false;
  }
}

function isOutput(value: unknown): value is StepOutput {
  return (
    isRecord(value) &&
    isCount(value['request']) &&
    isCount(value['choice']) &&
    isCount(value['id']) &&
    typeof value['logprob'] === 'number' &&
    isText(value['text']) &&
    (value['finish'] === null || value['finish'] === 'stop' || value['finish'] === 'length') &&
    (value['stopSequence'] === undefined || isText(value['stopSequence'])) &&
    (value['told'] === undefined || isTold(value['told']))
  );
}

function isTold(value: unknown): value is ToldToken {
  return isRecord(value) && isCount(value['length']) && isRecord(value['logprob']);
}

function isPrompt(value: Record<string, unknown>): boolean {
  return Array.isArray(value['messages']) && Array.isArray(value['tools']) && isOptional(value['textPrompt'], isRecord);
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === null || is(value);
}

export function isErrorMessage(value: unknown): value is ErrorMessage {
  return (
    isRecord(value) &&
    isText(value['code']) &&
    Object.hasOwn(ERRORS, value['code']) &&
    isText(value['publicMessage']) &&
    isText(value['message']) &&
    (value['param'] === null || isText(value['param']))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isVersion(value: unknown): value is VersionName {
  return isText(value) && value.startsWith('purp@');
}
