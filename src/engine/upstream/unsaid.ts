/** What a wire has no words for is refused: leaving it out would be an answer to another request. */
import { PurpgateError } from '../../errors.js';
import type { GenerateRequest } from '../engine.js';

/** Of sampling; only some wires lack each. */
type Unsaid = 'frequency_penalty' | 'logprobs' | 'presence_penalty' | 'seed' | 'stop' | 'top_k';

/** Several choices and the completion of a text are chat's alone. @throws PurpgateError `unsupported_parameter`. */
export function refuseUnsaid({ sampling, textPrompt }: GenerateRequest, missing: readonly Unsaid[]): void {
  const isUsed: Readonly<Record<Unsaid, boolean>> = {
    frequency_penalty: sampling.frequencyPenalty !== 0,
    logprobs: sampling.logprobs !== undefined,
    presence_penalty: sampling.presencePenalty !== 0,
    seed: sampling.seed !== undefined,
    stop: sampling.stop.length > 0,
    top_k: sampling.topK !== undefined,
  };
  const param = textPrompt !== undefined ? 'prompt' : sampling.choices > 1 ? 'n' : missing.find((name) => isUsed[name]);
  if (param === undefined) return;
  throw new PurpgateError('unsupported_parameter', {
    publicMessage: `${param}: the provider of this model has no such parameter`,
    param,
  });
}
