/** OpenAI Responses: the wire's request to a CompletionRequest. */
import type { CompletionRequest, ResponseFormat } from '../../types.js';
import { extraFields, parsedJson, refuseUnsupported, required, unsupported, type RefusedFields } from '../fields.js';
import type { RequestOrigin } from '../format.js';
import { readSampling } from '../sampling.js';
import type { ResponsesRequest } from '../wire.js';
import { parseInput } from './input.js';
import { chooseTools, parseTools, type ToolNames } from './tools.js';

const REFUSED: RefusedFields = {
  background: (value) => value === true,
  truncation: (value) => value !== 'disabled',
  top_logprobs: (value) => value !== 0,
};

/** Fields that ask for what is not stored, each with what to send instead. */
const STORED: Readonly<Record<string, string>> = {
  previous_response_id: 'is not supported, since no response is stored: send the whole conversation as input',
  conversation: 'is not supported, since no conversation is stored: send it whole as input',
  prompt: 'is not supported, since no template is stored: send its text as instructions or input',
};

/** Fields that a CompletionRequest has a place for; every other field is kept in `extra`. */
const KNOWN = new Set([
  ...Object.keys(REFUSED),
  ...Object.keys(STORED),
  'model',
  'input',
  'instructions',
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'max_output_tokens',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'user',
  'store',
]);

interface ParsedRequest {
  readonly request: CompletionRequest;
  readonly names: ToolNames;
}

/**
 * @param body validated against ResponsesRequest of the contract
 * @throws PurpgateError `unsupported_parameter` or `invalid_request`, with the field's path as `param`
 */
export function parseResponsesRequest(body: ResponsesRequest, origin: RequestOrigin): ParsedRequest {
  refuse(body);
  const names = parseTools(body.tools ?? []);
  const session = origin.session ?? body.prompt_cache_key ?? null;
  const { temperature, top_p, frequency_penalty, presence_penalty } = body;
  const user = body.user ?? body.safety_identifier;
  const request: CompletionRequest = {
    id: origin.id,
    protocol: 'responses',
    model: body.model,
    messages: parseInput(body, names),
    ...chooseTools(body.tool_choice, names),
    toolCalls: body.parallel_tool_calls === false ? 'single' : 'parallel',
    responseFormat: parseFormat(body.text?.format),
    sampling: readSampling(
      { temperature, top_p, frequency_penalty, presence_penalty },
      { maxTokens: body.max_output_tokens, logprobs: null },
    ),
    ...(typeof user === 'string' && { user }),
    ...(session !== null && { session }),
    ...(typeof body.store === 'boolean' && { store: body.store }),
    extra: {
      ...extraFields(body, KNOWN),
      // Upstreams that it is forwarded to speak chat completions.
      ...(typeof body.reasoning?.effort === 'string' && { reasoning_effort: body.reasoning.effort }),
    },
  };
  return { request, names };
}

function refuse(body: ResponsesRequest): void {
  refuseUnsupported(body, REFUSED);
  for (const [field, remedy] of Object.entries(STORED))
    if (body[field] !== undefined && body[field] !== null) throw unsupported(field, remedy);
  const logprobs = body.include?.indexOf('message.output_text.logprobs') ?? -1;
  if (logprobs >= 0) throw unsupported(`include[${logprobs}]`);
}

function parseFormat(format: NonNullable<ResponsesRequest['text']>['format']): ResponseFormat {
  if (format === undefined || format === null) return { type: 'text' };
  if (format.type !== 'json_schema') return { type: format.type };
  return { type: 'json_schema', schema: parsedJson(required(format.schema, 'text.format.schema')) };
}
