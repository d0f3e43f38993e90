/** The `input` of a Responses request, as the turns of a conversation. */
import type { Message, ToolCall } from '../../types.js';
import { invalid, joinParts, required, unsupported } from '../fields.js';
import type { ResponsesInputItem, ResponsesRequest } from '../wire.js';
import type { ToolNames } from './tools.js';

/**
 * What a client says that the model thought is untrusted, nothing is stored that could be referred to, and no search ever ran here: these say nothing
 * that the model could use.
 */
const DROPPED = new Set(['reasoning', 'item_reference', 'web_search_call']);

type ContentPart = Exclude<NonNullable<ResponsesInputItem['content']>, string>[number];

const TEXT_PARTS = new Set(['input_text', 'output_text', 'text']);

/** @throws PurpgateError `unsupported_parameter` or `invalid_request`, with the field's path as `param`. */
export function parseInput({ input, instructions }: ResponsesRequest, names: ToolNames): Message[] {
  const conversation = new Conversation(names);
  if (typeof instructions === 'string' && instructions !== '')
    conversation.push({ role: 'system', content: instructions });
  if (typeof input === 'string') conversation.push({ role: 'user', content: input });
  else
    input.forEach((item, index) => {
      conversation.add(item, `input[${index}]`);
    });
  if (conversation.messages.length === 0) throw invalid('input', 'holds no message');
  return conversation.messages;
}

class Conversation {
  readonly messages: Message[] = [];
  /** Calls of the last message, where that is the assistant's: calls are items of their own, and belong to the turn before them. */
  private calls: ToolCall[] | null = null;

  constructor(private readonly names: ToolNames) {}

  push(message: Message): void {
    this.calls = null;
    this.messages.push(message);
  }

  add(item: ResponsesInputItem, param: string): void {
    const type = item.type ?? 'message';
    if (DROPPED.has(type)) return;
    switch (type) {
      case 'message':
        this.addMessage(item, param);
        return;
      case 'function_call':
        this.addCall(item, param, required(item.arguments, `${param}.arguments`));
        return;
      case 'custom_tool_call':
        this.addCall(item, param, JSON.stringify({ input: required(item.input, `${param}.input`) }));
        return;
      case 'function_call_output':
      case 'custom_tool_call_output': {
        const content = joinParts(required(item.output, `${param}.output`), `${param}.output`, textOf);
        this.push({ role: 'tool', content, toolCallId: required(item.call_id, `${param}.call_id`) });
        return;
      }
      default:
        throw unsupported(
          `${param}.type`,
          'only messages, function calls, custom tool calls and their outputs are supported',
        );
    }
  }

  private addMessage({ role, content }: ResponsesInputItem, param: string): void {
    if (role === 'assistant') {
      this.addAssistant(joinParts(content ?? '', `${param}.content`, textOf));
      return;
    }
    if (role !== 'system' && role !== 'developer' && role !== 'user')
      throw invalid(`${param}.role`, 'must be system, developer, user or assistant');
    const text = joinParts(required(content, `${param}.content`), `${param}.content`, textOf);
    this.push({ role: role === 'user' ? 'user' : 'system', content: text });
  }

  private addAssistant(content: string): ToolCall[] {
    const calls: ToolCall[] = [];
    this.push({ role: 'assistant', content, toolCalls: calls });
    this.calls = calls;
    return calls;
  }

  private addCall(item: ResponsesInputItem, param: string, callArguments: string): void {
    const id = required(item.call_id, `${param}.call_id`);
    const name = this.names.toModel(required(item.name, `${param}.name`), item.namespace ?? null);
    (this.calls ?? this.addAssistant('')).push({ id, name, arguments: callArguments });
  }
}

function textOf({ type, text, refusal }: ContentPart, param: string): string {
  if (type === 'refusal') return required(refusal, `${param}.refusal`);
  if (!TEXT_PARTS.has(type)) throw unsupported(param, 'only text parts are supported');
  return required(text, `${param}.text`);
}
