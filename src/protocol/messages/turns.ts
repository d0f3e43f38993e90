/** Anthropic Messages: the turns of a conversation, whose content is a list of blocks, to Messages. */
import { unreachable } from '../../errors.js';
import type { Message, ToolCall } from '../../types.js';
import { joinParts, required, unsupported } from '../fields.js';
import type { CountTokensRequest, MessagesBlock, MessagesTurn } from '../wire.js';

/** @throws PurpgateError `unsupported_parameter` or `invalid_request`, with the block's path as `param`. */
export function parseTurns({ system, messages }: CountTokensRequest): Message[] {
  const first = joinParts(system ?? '', 'system', textOf);
  return [
    ...(first === '' ? [] : [{ role: 'system' as const, content: first }]),
    ...messages.flatMap((turn, index) => parseTurn(turn, `messages[${index}].content`)),
  ];
}

function parseTurn({ role, content }: MessagesTurn, param: string): Message[] {
  switch (role) {
    case 'system':
    case 'developer':
      return [{ role: 'system', content: joinParts(content, param, textOf) }];
    case 'user':
      return parseUserTurn(content, param);
    case 'assistant':
      return [parseAssistantTurn(content, param)];
    default:
      return unreachable(role);
  }
}

/** Each result of a tool is a Message of its own, and the text between results keeps its place. */
function parseUserTurn(content: MessagesTurn['content'], param: string): Message[] {
  if (typeof content === 'string' || content.length === 0)
    return [{ role: 'user', content: joinParts(content, param, textOf) }];
  const messages: Message[] = [];
  for (const [index, block] of content.entries()) {
    const place = `${param}[${index}]`;
    if (block.type === 'tool_result') {
      messages.push(parseToolResult(block, place));
      continue;
    }
    const text = textOf(block, place);
    const last = messages.at(-1);
    if (last?.role === 'user') messages[messages.length - 1] = { role: 'user', content: `${last.content}\n${text}` };
    else messages.push({ role: 'user', content: text });
  }
  return messages;
}

function parseToolResult(block: MessagesBlock, param: string): Message {
  const toolCallId = required(block.tool_use_id, `${param}.tool_use_id`);
  const text = joinParts(block.content ?? '', `${param}.content`, textOf);
  // A Message has no mark for failure, and the text alone need not tell it.
  return { role: 'tool', content: block.is_error === true ? `Error: ${text}` : text, toolCallId };
}

function parseAssistantTurn(content: MessagesTurn['content'], param: string): Message {
  if (typeof content === 'string') return { role: 'assistant', content, toolCalls: [] };
  const texts: string[] = [];
  const thoughts: string[] = [];
  const toolCalls: ToolCall[] = [];
  for (const [index, block] of content.entries()) {
    const place = `${param}[${index}]`;
    switch (block.type) {
      case 'thinking':
        thoughts.push(block.thinking ?? '');
        break;
      case 'redacted_thinking':
        break;
      case 'tool_use':
        toolCalls.push(parseToolUse(block, place));
        break;
      default:
        texts.push(textOf(block, place));
    }
  }
  const reasoning = thoughts.join('');
  // Blocks of an answer are cut within its text, so nothing stands between them.
  return { role: 'assistant', content: texts.join(''), ...(reasoning !== '' && { reasoning }), toolCalls };
}

function parseToolUse({ id, name, input }: MessagesBlock, param: string): ToolCall {
  return {
    id: required(id, `${param}.id`),
    name: required(name, `${param}.name`),
    arguments: JSON.stringify(input ?? {}),
  };
}

function textOf({ type, text }: MessagesBlock, param: string): string {
  if (type !== 'text') throw unsupported(param, `a block of the type ${type} is not supported here`);
  return required(text, `${param}.text`);
}
