/** Text completions: the wire's request to a CompletionRequest. */
import type { CompletionRequest, TextPrompt } from '../../types.js';
import { extraFields, invalid, refuseUnsupported, unsupported, type RefusedFields } from '../fields.js';
import type { RequestOrigin } from '../format.js';
import { readSampling, SAMPLING_FIELDS } from '../sampling.js';
import type { TextCompletionRequest } from '../wire.js';

const DEFAULT_MAX_TOKENS = 16;

const REFUSED: RefusedFields = {
  logit_bias: (value) => typeof value === 'object' && Object.keys(value ?? {}).length > 0,
  response_format: (value) =>
    typeof value !== 'object' || value === null || !('type' in value) || value.type !== 'text',
};

/** Fields that a CompletionRequest has a place for; every other field is kept in `extra`. */
const KNOWN = new Set([
  ...Object.keys(REFUSED),
  ...SAMPLING_FIELDS,
  'model',
  'prompt',
  'suffix',
  'max_tokens',
  'best_of',
  'stream',
  'stream_options',
  'logprobs',
  'echo',
  'user',
  'store',
]);

export interface TextRequest extends CompletionRequest {
  readonly textPrompt: TextPrompt;
}

/**
 * @param body validated against TextCompletionRequest of the contract
 * @throws PurpgateError `unsupported_parameter` or `invalid_request`, with the field's path as `param`
 */
export function parseTextRequest(body: TextCompletionRequest, origin: RequestOrigin): TextRequest {
  refuseUnsupported(body, REFUSED);
  if (typeof body.best_of === 'number' && body.best_of !== (body.n ?? 1))
    throw unsupported('best_of', 'is supported only with the value of n');
  if (body.echo === true && typeof body.logprobs === 'number')
    throw unsupported('logprobs', 'is not supported together with echo');
  const textPrompt = parsePrompt(body);
  return {
    id: origin.id,
    protocol: 'completions',
    model: body.model,
    messages: [{ role: 'user', content: textPrompt.prefix + (textPrompt.suffix ?? '') }],
    textPrompt,
    tools: [],
    toolChoice: 'none',
    toolCalls: 'parallel',
    responseFormat: { type: 'text' },
    sampling: readSampling(body, { maxTokens: body.max_tokens ?? DEFAULT_MAX_TOKENS, logprobs: body.logprobs }),
    ...(typeof body.user === 'string' && { user: body.user }),
    ...(origin.session !== null && { session: origin.session }),
    ...(typeof body.store === 'boolean' && { store: body.store }),
    extra: extraFields(body, KNOWN),
  };
}

function parsePrompt({ prompt, suffix }: TextCompletionRequest): TextPrompt {
  const prefix = typeof prompt === 'string' ? prompt : onlyText(prompt);
  // Nothing that follows is the end of the text: models without fill-in-the-middle tokens can do that.
  const following = typeof suffix === 'string' && suffix !== '' ? suffix : null;
  if (prefix === '' && following === null) throw invalid('prompt', 'is empty');
  return { prefix, suffix: following };
}

function onlyText(prompts: readonly unknown[]): string {
  const [text] = prompts;
  if (text === undefined) throw invalid('prompt', 'is empty');
  if (typeof text !== 'string') throw unsupported('prompt', 'token ids are not supported; send text');
  if (prompts.length > 1) throw unsupported('prompt', 'only one prompt per request is supported');
  return text;
}
