/** Reads messages as callers and the log have them; a guard on prompts looks at no tool calls. */
import type { Message } from '../types.js';

/** @throws SyntaxError that says what is wrong. */
export function readMessages(value: unknown): Message[] {
  if (typeof value !== 'object' || value === null) throw new SyntaxError('expected an object');
  if ('text' in value && typeof value.text === 'string') return [{ role: 'user', content: value.text }];
  if (!('messages' in value) || !Array.isArray(value.messages))
    throw new SyntaxError('expected "text" (a string) or "messages" (an array)');
  return value.messages.map(readMessage);
}

function readMessage(value: unknown): Message {
  if (typeof value !== 'object' || value === null || !('role' in value))
    throw new SyntaxError('a message is an object with a role and content');
  const content = 'content' in value ? readContent(value.content) : '';
  switch (value.role) {
    case 'user':
      return { role: 'user', content };
    case 'system':
    case 'developer':
      return { role: 'system', content };
    case 'assistant':
      return {
        role: 'assistant',
        content,
        ...('reasoning' in value && typeof value.reasoning === 'string' && { reasoning: value.reasoning }),
        toolCalls: [],
      };
    case 'tool':
    case 'function':
      return { role: 'tool', content, toolCallId: '' };
    default:
      throw new SyntaxError('a role is system, developer, user, assistant, tool or function');
  }
}

/** A string, null, or an array of parts of which those with text are read. */
function readContent(content: unknown): string {
  if (content === null) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw new SyntaxError('content is a string or an array of parts');
  return content
    .map((part: unknown) =>
      typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string' ? part.text : '',
    )
    .join('\n');
}
