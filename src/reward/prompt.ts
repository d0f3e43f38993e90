/** Reads prompts as recorded, or as given on the command line, into turns of text. */
import { PurpgateError } from '../errors.js';
import type { Json, JsonObject } from '../types.js';

export interface PromptTurn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly text: string;
}

const ROLES: Readonly<Record<string, PromptTurn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
};

/** @throws PurpgateError `invalid_request` for a message without a known role or with content that is not text. */
export function promptTurns(messages: readonly JsonObject[]): PromptTurn[] {
  return messages.map((message, index) => {
    const role = typeof message['role'] === 'string' ? ROLES[message['role']] : undefined;
    if (role === undefined) throw fault(index, 'role', 'system, developer, user, assistant, tool or function');
    return { role, text: contentText(message['content'], index) };
  });
}

/** Text, or OpenAI's parts, of which those that are not text say nothing that an oracle here could read. */
function contentText(content: Json | undefined, index: number): string {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw fault(index, 'content', 'a string or an array of parts');
  return content.map((part: unknown) => partText(part)).join('');
}

function partText(part: unknown): string {
  if (typeof part !== 'object' || part === null || !('text' in part)) return '';
  return typeof part.text === 'string' ? part.text : '';
}

function fault(index: number, field: string, expected: string): PurpgateError {
  return new PurpgateError('invalid_request', {
    publicMessage: `prompt: message ${index}: ${field} must be ${expected}`,
    param: 'prompt',
  });
}
