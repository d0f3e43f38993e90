/**
 * What the engine and its child process say to each other. Both ends are this package, so parsing checks what a defect or a foreign
 * writer on the channel could break, and leaves the inner shape of messages and tools, which came typed from the same build, alone.
 */
import { ERRORS, PurpgateError, type ErrorCode } from '../../errors.js';
import type { FinishReason, Message, Sampling, Tool, VersionName } from '../../types.js';

export type ParentMessage =
  | { readonly type: 'start'; readonly folder: string; readonly threads: number; readonly maxQueued: number }
  | GenerateMessage
  /** Asks for a sign of life. */
  | { readonly type: 'ping' }
  | { readonly type: 'cancel'; readonly request: number }
  /** How many of a request's tokens the consumer has taken so far. */
  | { readonly type: 'consumed'; readonly request: number; readonly tokens: number }
  | { readonly type: 'load_adapter'; readonly call: number; readonly version: VersionName; readonly file: string }
  | { readonly type: 'unload_adapter'; readonly call: number; readonly version: VersionName };

export interface GenerateMessage {
  readonly type: 'generate';
  /** Counted by the parent; never used again. */
  readonly request: number;
  /** Callers share the engine evenly. */
  readonly caller: string;
  /** null means the base weights. */
  readonly adapter: VersionName | null;
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly sampling: Sampling;
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
  | { readonly type: 'adapter'; readonly call: number; readonly error: ErrorMessage | null };

interface ErrorMessage {
  readonly code: ErrorCode;
  readonly publicMessage: string;
  readonly message: string;
  readonly param: string | null;
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
        Array.isArray(value['messages']) &&
        Array.isArray(value['tools']) &&
        isRecord(value['sampling'])
      );
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
      return isError(value['error']);
    case 'accepted':
      return isCount(value['request']) && Array.isArray(value['promptIds']) && value['promptIds'].every(isCount);
    case 'refused':
      return isCount(value['request']) && isError(value['error']);
    case 'step':
      return Array.isArray(value['outputs']) && value['outputs'].every(isOutput);
    case 'adapter':
      return isCount(value['call']) && (value['error'] === null || isError(value['error']));
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
    (value['finish'] === null || value['finish'] === 'stop' || value['finish'] === 'length')
  );
}

function isError(value: unknown): value is ErrorMessage {
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
