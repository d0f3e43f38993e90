/** How one caller wants a response written, and what it says of the request. */
import type { CompletionRequest } from '../../types.js';
import type { ResponseObject, ResponsesRequest, ResponsesTool } from '../wire.js';
import type { ToolNames } from './tools.js';

type AnswerField =
  | 'id'
  | 'created_at'
  | 'completed_at'
  | 'status'
  | 'incomplete_details'
  | 'error'
  | 'model'
  | 'output'
  | 'usage'
  | 'purpgate';

/** The fields of a response that its request decides. */
type RequestEcho = Omit<ResponseObject, AnswerField>;

export interface ResponseStyle {
  readonly echo: RequestEcho;
  readonly names: ToolNames;
  /** Opaque strings on reasoning items, which some clients need in order to send them back. */
  readonly encryptedContent: 'sent' | 'omitted';
  /**
   * Where the notice in place of withheld content goes. Callers that parse the content as JSON get it as `refusal`; everyone else as text, since coding
   * agents lose a refusal or retry it for ever.
   */
  readonly notices: 'output_text' | 'refusal';
}

export function responseStyle(body: ResponsesRequest, request: CompletionRequest, names: ToolNames): ResponseStyle {
  return {
    echo: echo(body, request),
    names,
    encryptedContent: body.include?.includes('reasoning.encrypted_content') === true ? 'sent' : 'omitted',
    notices: request.responseFormat.type === 'json_schema' ? 'refusal' : 'output_text',
  };
}

function echo(body: ResponsesRequest, { sampling }: CompletionRequest): RequestEcho {
  return {
    object: 'response',
    previous_response_id: null,
    instructions: body.instructions ?? null,
    tools: (body.tools ?? [])
      .filter(({ type }) => type === 'namespace' || type === 'function' || type === 'custom')
      .map(echoTool),
    tool_choice: body.tool_choice ?? 'auto',
    truncation: 'disabled',
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    text: echoText(body.text),
    temperature: sampling.temperature,
    top_p: sampling.topP,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    top_logprobs: 0,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    store: false,
    background: false,
    service_tier: 'default',
    metadata: body.metadata ?? {},
    safety_identifier: body.safety_identifier ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    user: body.user ?? null,
  };
}

function echoTool(tool: ResponsesTool): ResponsesTool {
  return tool.type === 'function' ? { description: null, parameters: null, strict: null, ...tool } : tool;
}

function echoText(text: ResponsesRequest['text']): ResponseObject['text'] {
  const format = text?.format ?? { type: 'text' };
  return {
    format: format.type === 'json_schema' ? { description: null, strict: false, ...format } : { type: format.type },
    ...(typeof text?.verbosity === 'string' && { verbosity: text.verbosity }),
  };
}
