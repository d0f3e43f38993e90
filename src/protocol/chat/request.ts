/** Chat completions: the wire's request to a CompletionRequest. */
import { unreachable } from '../../errors.js';
import type { CompletionRequest, Message, ResponseFormat, Sampling, Tool, ToolCall, ToolChoice } from '../../types.js';
import {
  extraFields,
  invalid,
  joinParts,
  parsedJson,
  refuseUnsupported,
  required,
  unsupported,
  type RefusedFields,
} from '../fields.js';
import type { RequestOrigin } from '../format.js';
import { readSampling, SAMPLING_FIELDS } from '../sampling.js';
import type { ChatCompletionRequest, ChatMessage } from '../wire.js';

type ContentPart = Exclude<NonNullable<ChatMessage['content']>, string>[number];

const REFUSED: RefusedFields = {
  logit_bias: (value) => typeof value === 'object' && Object.keys(value ?? {}).length > 0,
  modalities: (value) => Array.isArray(value) && value.some((modality) => modality !== 'text'),
  audio: () => true,
  functions: () => true,
  function_call: () => true,
  web_search_options: () => true,
};

/** Fields that a CompletionRequest has a place for; every other field is kept in `extra`. */
const KNOWN = new Set([
  ...Object.keys(REFUSED),
  'model',
  'messages',
  'stream',
  'stream_options',
  ...SAMPLING_FIELDS,
  'max_tokens',
  'max_completion_tokens',
  'logprobs',
  'top_logprobs',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'user',
  'store',
]);

/**
 * @param body validated against ChatCompletionRequest of the contract
 * @throws PurpgateError `unsupported_parameter` or `invalid_request`, with the field's path as `param`
 */
export function parseChatRequest(body: ChatCompletionRequest, origin: RequestOrigin): CompletionRequest {
  refuseUnsupported(body, REFUSED);
  const tools = (body.tools ?? []).map(parseTool);
  const session = origin.session ?? body.prompt_cache_key ?? null;
  return {
    id: origin.id,
    protocol: 'chat',
    model: body.model,
    messages: body.messages.map(parseMessage),
    tools,
    toolChoice: parseToolChoice(body.tool_choice, tools),
    toolCalls: body.parallel_tool_calls === false ? 'single' : 'parallel',
    responseFormat: parseResponseFormat(body.response_format),
    sampling: parseSampling(body),
    ...(typeof body.user === 'string' && { user: body.user }),
    ...(session !== null && { session }),
    ...(typeof body.store === 'boolean' && { store: body.store }),
    extra: extraFields(body, KNOWN),
  };
}

function parseSampling(body: ChatCompletionRequest): Sampling {
  const isAsked = body.logprobs === true;
  if (!isAsked && (body.top_logprobs ?? 0) > 0) throw invalid('top_logprobs', 'needs logprobs: true');
  return readSampling(body, {
    maxTokens: body.max_completion_tokens ?? body.max_tokens,
    logprobs: isAsked ? (body.top_logprobs ?? 0) : null,
  });
}

function parseMessage(message: ChatMessage, index: number): Message {
  const param = `messages[${index}]`;
  if (message.function_call !== undefined && message.function_call !== null)
    throw unsupported(`${param}.function_call`);
  if (message.content === undefined && message.role !== 'assistant') throw invalid(`${param}.content`, 'is required');
  const content = joinParts(message.content ?? '', `${param}.content`, textOf);
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content };
    case 'user':
      return { role: 'user', content };
    case 'assistant': {
      const reasoning = message.reasoning_content ?? message.reasoning;
      return {
        role: 'assistant',
        content: content === '' ? (message.refusal ?? '') : content,
        ...(typeof reasoning === 'string' && { reasoning }),
        toolCalls: (message.tool_calls ?? []).map((call, place) =>
          parseToolCall(call, `${param}.tool_calls[${place}]`),
        ),
      };
    }
    case 'tool':
      if (typeof message.tool_call_id !== 'string')
        throw invalid(`${param}.tool_call_id`, 'is required for the role tool');
      return { role: 'tool', content, toolCallId: message.tool_call_id };
    default:
      return unreachable(message.role);
  }
}

function textOf({ type, text, refusal }: ContentPart, param: string): string {
  if (type === 'refusal') return required(refusal, `${param}.refusal`);
  if (type !== 'text') throw unsupported(param, 'only text parts are supported');
  return required(text, `${param}.text`);
}

function parseToolCall(call: NonNullable<ChatMessage['tool_calls']>[number], param: string): ToolCall {
  if (call.type !== 'function') throw unsupported(`${param}.type`, 'only function is supported');
  return { id: call.id, name: call.function.name, arguments: call.function.arguments };
}

function parseTool(tool: NonNullable<ChatCompletionRequest['tools']>[number], index: number): Tool {
  if (tool.type !== 'function') throw unsupported(`tools[${index}].type`, 'only function is supported');
  const { name, description, parameters } = required(tool.function, `tools[${index}].function`);
  return {
    name,
    ...(typeof description === 'string' && { description }),
    ...(typeof parameters === 'object' && parameters !== null && { parameters: parsedJson(parameters) }),
  };
}

function parseToolChoice(choice: ChatCompletionRequest['tool_choice'], tools: readonly Tool[]): ToolChoice {
  if (choice === undefined || choice === null) return tools.length > 0 ? 'auto' : 'none';
  if (choice === 'auto' || choice === 'none') return choice;
  if (choice === 'required') {
    if (tools.length === 0) throw invalid('tool_choice', 'cannot be required when there are no tools');
    return choice;
  }
  const { name } = choice.function;
  if (!tools.some((tool) => tool.name === name))
    throw invalid('tool_choice.function.name', 'names no tool of this request');
  return { name };
}

function parseResponseFormat(format: ChatCompletionRequest['response_format']): ResponseFormat {
  if (format === undefined || format === null) return { type: 'text' };
  if (format.type !== 'json_schema') return { type: format.type };
  const { schema } = required(format.json_schema, 'response_format.json_schema');
  return { type: 'json_schema', schema: parsedJson(schema ?? {}) };
}
