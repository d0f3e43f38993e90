/** A conversation as OpenAI's `POST /chat/completions` takes it. */
import type { JsonObject, Message, Tool } from '../../types.js';
import type { GenerateRequest } from '../engine.js';

/** What a request for chat says beside what every request says. `logprobs`: so many alternatives beside each token; absent, none is told. */
export function chatFields(request: GenerateRequest, logprobs: number | undefined): JsonObject {
  const { tools, toolChoice, toolCalls } = request;
  return {
    messages: request.messages.map(wireMessage),
    // Servers refuse a tool_choice without tools.
    ...(tools.length === 0 ? {} : { tools: tools.map(wireTool), tool_choice: wireToolChoice(toolChoice) }),
    ...(tools.length > 0 && toolCalls === 'single' ? { parallel_tool_calls: false } : {}),
    ...(logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs }),
    ...wireResponseFormat(request.responseFormat),
  };
}

/** Reasoning that a client sent back stays out: nothing proves that a model wrote it. */
function wireMessage(message: Message): JsonObject {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.content };
    case 'assistant': {
      const { content, toolCalls } = message;
      if (toolCalls.length === 0) return { role: 'assistant', content };
      const calls = toolCalls.map(({ id, name, arguments: text }) => ({
        id,
        type: 'function',
        function: { name, arguments: text },
      }));
      return { role: 'assistant', content: content === '' ? null : content, tool_calls: calls };
    }
    case 'tool':
      return { role: 'tool', content: message.content, tool_call_id: message.toolCallId };
  }
}

function wireTool({ name, description, parameters }: Tool): JsonObject {
  return { type: 'function', function: { name, description, parameters } };
}

function wireToolChoice(choice: GenerateRequest['toolChoice']): string | JsonObject {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}

function wireResponseFormat(format: GenerateRequest['responseFormat']): JsonObject {
  switch (format.type) {
    case 'text':
      return {};
    case 'json_object':
      return { response_format: { type: 'json_object' } };
    case 'json_schema':
      return {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'response', schema: format.schema, strict: true },
        },
      };
  }
}
