/** Prompts as the log recorded them, made ready to be answered again. */
import { createHash } from 'node:crypto';
import { invalid, list, oneOf, shape, text, type Reader } from '../src/events/read.js';
import type { PromptTurn } from '../src/reward/prompt.js';
import type { Message, ToolCall } from '../src/types.js';

const readRole = shape<{ role: Message['role'] }>({ role: oneOf('system', 'user', 'assistant', 'tool') });
const readPlain = shape<{ role: 'system' | 'user'; content: string }>({ role: oneOf('system', 'user'), content: text });
const readCall = shape<ToolCall>({ id: text, name: text, arguments: text });
const readCalls = shape<{ content: string; tool_calls: readonly ToolCall[] }>({
  content: text,
  tool_calls: list(readCall),
});
const readResult = shape<{ content: string; tool_call_id: string }>({ content: text, tool_call_id: text });

/** Without the reasoning of earlier turns, which no model reads. */
const readMessage: Reader<Message> = (value, at) => {
  const { role } = readRole(value, at);
  switch (role) {
    case 'system':
    case 'user':
      return readPlain(value, at);
    case 'assistant': {
      const { content, tool_calls: toolCalls } = readCalls(value, at);
      return { role, content, toolCalls };
    }
    case 'tool': {
      const { content, tool_call_id: toolCallId } = readResult(value, at);
      return { role, content, toolCallId };
    }
  }
};

/** @throws PurpgateError `event_invalid` for what no request of ours could have recorded. */
export function messagesOf(prompt: unknown): readonly Message[] {
  const messages = list(readMessage)(prompt, '/prompt');
  if (messages.length === 0) throw invalid('/prompt', 'a message');
  return messages;
}

/** The same for prompts that a model would read as the same. */
export function promptDigest(messages: readonly Message[]): string {
  return createHash('sha256').update(JSON.stringify(messages)).digest('hex');
}

/** As the oracles read them. */
export const turnsOf = (messages: readonly Message[]): readonly PromptTurn[] =>
  messages.map(({ role, content }) => ({ role, text: content }));
