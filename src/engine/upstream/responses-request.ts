/** A conversation as OpenAI's `POST /v1/responses` takes it (https://platform.openai.com/docs/api-reference/responses). */
import type { JsonObject, Message, ResponseFormat, Tool, ToolChoice } from '../../types.js';
import type { GenerateRequest } from '../engine.js';
import { forwardedFields, type UpstreamRequest, type UpstreamTarget } from './request.js';
import { refuseUnsaid } from './unsaid.js';

/** @throws PurpgateError `unsupported_parameter`. */
export function responsesRequest(request: GenerateRequest, { model, forward }: UpstreamTarget): UpstreamRequest {
  refuseUnsaid(request, ['frequency_penalty', 'logprobs', 'presence_penalty', 'seed', 'stop', 'top_k']);
  const { sampling, tools } = request;
  const { reasoning_effort: effort, ...forwarded } = forwardedFields(request, forward);
  const body = {
    ...(effort === undefined ? {} : { reasoning: { effort } }),
    ...forwarded,
    model,
    stream: true,
    // Where it is absent the provider keeps the conversation.
    store: false,
    // Reasoning models refuse both, and 1 is what both are where they are absent.
    ...(sampling.temperature === 1 ? {} : { temperature: sampling.temperature }),
    ...(sampling.topP === 1 ? {} : { top_p: sampling.topP }),
    ...(sampling.maxTokens === undefined ? {} : { max_output_tokens: sampling.maxTokens }),
    input: request.messages.flatMap(wireItems),
    ...(tools.length === 0 ? {} : { tools: tools.map(wireTool), tool_choice: wireToolChoice(request.toolChoice) }),
    ...(tools.length > 0 && request.toolCalls === 'single' ? { parallel_tool_calls: false } : {}),
    ...wireFormat(request.responseFormat),
  };
  return { path: '/responses', body };
}

/** Reasoning that a client sent back stays out: nothing proves that a model wrote it. */
function wireItems(message: Message): JsonObject[] {
  const { role, content } = message;
  switch (role) {
    case 'system':
    case 'user':
      return [{ type: 'message', role, content }];
    case 'assistant':
      return [
        ...(content === '' ? [] : [{ type: 'message', role, content }]),
        ...message.toolCalls.map(({ id, name, arguments: text }) => ({
          type: 'function_call',
          call_id: id,
          name,
          arguments: text,
        })),
      ];
    case 'tool':
      return [{ type: 'function_call_output', call_id: message.toolCallId, output: content }];
  }
}

/** Where `strict` is absent the provider takes it for true, and refuses most schemas. */
function wireTool({ name, description, parameters }: Tool): JsonObject {
  return { type: 'function', name, description, parameters: parameters ?? { type: 'object' }, strict: false };
}

function wireToolChoice(choice: ToolChoice): string | JsonObject {
  return typeof choice === 'string' ? choice : { type: 'function', name: choice.name };
}

function wireFormat(format: ResponseFormat): JsonObject {
  switch (format.type) {
    case 'text':
      return {};
    case 'json_object':
      return { text: { format: { type: 'json_object' } } };
    case 'json_schema':
      return { text: { format: { type: 'json_schema', name: 'response', schema: format.schema, strict: true } } };
  }
}
