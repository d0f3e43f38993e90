/** A typed request as the body of OpenAI's `POST /chat/completions`. Nothing reaches an upstream that is not named here. */
import type { JsonObject, Message, Tool } from '../../types.js';
import type { GenerateRequest } from '../engine.js';

interface UpstreamTarget {
  readonly model: string;
  /** Names of unknown fields that may pass; what this file sets itself can't be overridden. */
  readonly forward: readonly string[];
}

export function chatRequestBody(request: GenerateRequest, { model, forward }: UpstreamTarget): JsonObject {
  const { tools, toolChoice, sampling } = request;
  return {
    ...Object.fromEntries(Object.entries(request.forward).filter(([name]) => forward.includes(name))),
    model,
    messages: request.messages.map(wireMessage),
    stream: true,
    stream_options: { include_usage: true },
    temperature: sampling.temperature,
    top_p: sampling.topP,
    n: sampling.choices,
    ...(sampling.topK === undefined ? {} : { top_k: sampling.topK }),
    ...(sampling.maxTokens === undefined ? {} : { max_tokens: sampling.maxTokens }),
    ...(sampling.stop.length === 0 ? {} : { stop: sampling.stop }),
    ...(sampling.seed === undefined ? {} : { seed: sampling.seed }),
    ...(sampling.frequencyPenalty === 0 ? {} : { frequency_penalty: sampling.frequencyPenalty }),
    ...(sampling.presencePenalty === 0 ? {} : { presence_penalty: sampling.presencePenalty }),
    // Servers refuse a tool_choice without tools.
    ...(tools.length === 0 ? {} : { tools: tools.map(wireTool), tool_choice: wireToolChoice(toolChoice) }),
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
