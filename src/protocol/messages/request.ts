/** Anthropic Messages: the wire's requests to CompletionRequests. */
import { unreachable } from '../../errors.js';
import type { CompletionRequest, ResponseFormat, Tool, ToolChoice } from '../../types.js';
import {
  extraFields,
  invalid,
  parsedJson,
  refuseUnsupported,
  required,
  unsupported,
  type RefusedFields,
} from '../fields.js';
import type { RequestOrigin } from '../format.js';
import { readSampling } from '../sampling.js';
import type { CountTokensRequest, MessagesRequest } from '../wire.js';
import { parseTurns } from './turns.js';

const REFUSED: RefusedFields = {
  mcp_servers: (value) => Array.isArray(value) && value.length > 0,
  container: () => true,
  inference_geo: () => true,
};

/** Fields that a CompletionRequest has a place for; every other field is kept in `extra`. */
const KNOWN = new Set([
  ...Object.keys(REFUSED),
  'model',
  'messages',
  'system',
  'max_tokens',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'tools',
  'tool_choice',
  'metadata',
  'output_format',
]);

/**
 * @param body validated against MessagesRequest of the contract
 * @throws PurpgateError `unsupported_parameter` or `invalid_request`, with the field's path as `param`
 */
export function parseMessagesRequest(body: MessagesRequest, origin: RequestOrigin): CompletionRequest {
  const request = parseCountTokens(body, origin);
  const user = body.metadata?.user_id;
  const { temperature, top_p, top_k, stop_sequences: stop, max_tokens: maxTokens } = body;
  return {
    ...request,
    sampling: readSampling({ temperature, top_p, top_k, stop }, { maxTokens, logprobs: null }),
    ...(typeof user === 'string' && { user }),
  };
}

/**
 * A request whose prompt is to be counted, and not to be answered.
 * @param body validated against CountTokensRequest of the contract
 * @throws PurpgateError as `parseMessagesRequest`
 */
export function parseCountTokens(body: CountTokensRequest, origin: RequestOrigin): CompletionRequest {
  refuseUnsupported(body, REFUSED);
  const tools = (body.tools ?? []).map(parseTool);
  return {
    id: origin.id,
    protocol: 'messages',
    model: body.model,
    messages: parseTurns(body),
    tools,
    toolChoice: parseToolChoice(body.tool_choice, tools),
    toolCalls: body.tool_choice?.disable_parallel_tool_use === true ? 'single' : 'parallel',
    responseFormat: parseResponseFormat(body),
    sampling: readSampling({}, { maxTokens: null, logprobs: null }),
    ...(origin.session !== null && { session: origin.session }),
    extra: extraFields(body, KNOWN),
  };
}

/** Tools without a schema are those that Anthropic defines or runs, and accepting them would promise what nobody does. */
function parseTool(
  { type, name, description, input_schema: schema }: NonNullable<CountTokensRequest['tools']>[number],
  index: number,
): Tool {
  const param = `tools[${index}]`;
  if (schema === undefined && typeof type === 'string' && type !== 'custom')
    throw unsupported(`${param}.type`, 'only custom is supported');
  const parameters = parsedJson(required(schema, `${param}.input_schema`));
  return {
    name: required(name, `${param}.name`),
    ...(typeof description === 'string' && { description }),
    parameters,
  };
}

function parseToolChoice(choice: CountTokensRequest['tool_choice'], tools: readonly Tool[]): ToolChoice {
  if (choice === undefined || choice === null) return tools.length > 0 ? 'auto' : 'none';
  const { type, name } = choice;
  switch (type) {
    case 'auto':
    case 'none':
      return type;
    case 'any':
      if (tools.length === 0) throw invalid('tool_choice', 'cannot be any when there are no tools');
      return 'required';
    case 'tool':
      if (name === undefined || !tools.some((tool) => tool.name === name))
        throw invalid('tool_choice.name', 'names no tool of this request');
      return { name };
    default:
      return unreachable(type);
  }
}

function parseResponseFormat(body: CountTokensRequest): ResponseFormat {
  const [format, param] =
    body.output_config?.format == null
      ? [body.output_format, 'output_format']
      : [body.output_config.format, 'output_config.format'];
  if (format === undefined || format === null) return { type: 'text' };
  return { type: 'json_schema', schema: parsedJson(required(format.schema, `${param}.schema`)) };
}
