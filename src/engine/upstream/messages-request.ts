/** A conversation as Anthropic's `POST /v1/messages` takes it (https://docs.anthropic.com/en/api/messages). */
import { PurpgateError } from '../../errors.js';
import type { Json, JsonObject, Message, Tool, ToolChoice } from '../../types.js';
import type { GenerateRequest } from '../engine.js';
import { isRecord } from './json.js';
import { forwardedFields, type UpstreamRequest, type UpstreamTarget } from './request.js';
import { refuseUnsaid } from './unsaid.js';

/** The API demands a bound; requests without one get what every current model can write. */
const DEFAULT_MAX_TOKENS = 8192;

interface Turn extends JsonObject {
  readonly role: 'user' | 'assistant';
  readonly content: JsonObject[];
}

/** @throws PurpgateError `unsupported_parameter`. */
export function messagesRequest(request: GenerateRequest, { model, forward }: UpstreamTarget): UpstreamRequest {
  refuseUnsaid(request, ['seed', 'frequency_penalty', 'presence_penalty', 'logprobs']);
  const { sampling, responseFormat, tools } = request;
  if (responseFormat.type === 'json_object')
    throw new PurpgateError('unsupported_parameter', { param: 'response_format' });
  const messages = turnsOf(request.messages);
  // The model would go on writing it as its own words, past the rules: what continue_final_message does elsewhere.
  if (messages.at(-1)?.role !== 'user')
    throw new PurpgateError('unsupported_parameter', {
      publicMessage: 'messages: the last one must be of the user or of a tool',
      param: 'messages',
    });
  const system = request.messages.flatMap(({ role, content }) =>
    role === 'system' && !isBlank(content) ? [content] : [],
  );
  const body = {
    ...withoutOrphanedThinking(forwardedFields(request, forward), request.messages),
    model,
    max_tokens: sampling.maxTokens ?? DEFAULT_MAX_TOKENS,
    stream: true,
    // Newer models refuse both together, and 1 is what both are where they are absent.
    ...(sampling.temperature === 1 ? {} : { temperature: sampling.temperature }),
    ...(sampling.topP === 1 ? {} : { top_p: sampling.topP }),
    ...(sampling.topK === undefined ? {} : { top_k: sampling.topK }),
    ...(sampling.stop.length === 0 ? {} : { stop_sequences: sampling.stop }),
    // The API has one place for them; those from the middle of a conversation keep their authority and lose their place.
    ...(system.length === 0 ? {} : { system: system.join('\n\n') }),
    messages,
    ...(tools.length === 0 ? {} : { tools: tools.map(wireTool), tool_choice: wireToolChoice(request) }),
    ...(responseFormat.type === 'json_schema'
      ? { output_config: { format: { type: 'json_schema', schema: responseFormat.schema } } }
      : {}),
  };
  return { path: '/messages', body };
}

/** With `enabled` the API wants the thoughts of a loop of tool calls back, which we do not keep: nothing proves that a model wrote them. */
function withoutOrphanedThinking(fields: JsonObject, messages: readonly Message[]): JsonObject {
  const { thinking, ...others } = fields;
  const isInLoop = messages.at(-1)?.role === 'tool';
  const isEnabled = isRecord(thinking) && thinking['type'] === 'enabled';
  return isInLoop && isEnabled ? others : fields;
}

/** Roles take turns, and results stand before all else in theirs. */
function turnsOf(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const blocks = blocksOf(message);
    const last = turns.at(-1);
    if (blocks.length === 0) continue;
    if (last?.role !== role) turns.push({ role, content: [...blocks] });
    else if (message.role === 'tool')
      last.content.splice(last.content.filter(({ type }) => type === 'tool_result').length, 0, ...blocks);
    else last.content.push(...blocks);
  }
  return turns;
}

/** Reasoning that a client sent back stays out, as do blank texts, which the API refuses. */
function blocksOf(message: Message): JsonObject[] {
  const texts = isBlank(message.content) ? [] : [{ type: 'text', text: message.content }];
  switch (message.role) {
    case 'system':
      return [];
    case 'user':
      return texts;
    case 'assistant':
      return [
        ...texts,
        ...message.toolCalls.map(({ id, name, arguments: text }) => ({
          type: 'tool_use',
          id: wireId(id),
          name,
          input: inputOf(text),
        })),
      ];
    case 'tool':
      return [{ type: 'tool_result', tool_use_id: wireId(message.toolCallId), content: message.content }];
  }
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** Letters, digits, _ and - are all that the API takes; other providers' ids have more. */
function wireId(id: string): string {
  return id.replaceAll(/[^a-zA-Z0-9_-]/g, '_');
}

/** An object; what a model wrote that is none is shown under a name. */
function inputOf(text: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    if (isRecord(value)) return value;
  } catch {
    // Cut short by max_tokens, as a rule.
  }
  return text === '' ? {} : { arguments: text };
}

function wireTool({ name, description, parameters }: Tool): JsonObject {
  return { name, description, input_schema: parameters ?? { type: 'object' } };
}

function wireToolChoice({ toolChoice, toolCalls }: GenerateRequest): JsonObject {
  const choice = choiceOf(toolChoice);
  return toolCalls === 'single' && choice['type'] !== 'none' ? { ...choice, disable_parallel_tool_use: true } : choice;
}

function choiceOf(choice: ToolChoice): JsonObject {
  if (typeof choice !== 'string') return { type: 'tool', name: choice.name };
  return { type: choice === 'required' ? 'any' : choice };
}
