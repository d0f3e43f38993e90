/** Sampling fields that mean the same in every OpenAI wire format. */
import type { Sampling } from '../types.js';

interface SamplingFields {
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly top_k?: number | null | undefined;
  readonly n?: number | null | undefined;
  readonly stop?: string | readonly string[] | null | undefined;
  readonly seed?: number | null | undefined;
  readonly frequency_penalty?: number | null | undefined;
  readonly presence_penalty?: number | null | undefined;
}

export const SAMPLING_FIELDS = [
  'temperature',
  'top_p',
  'top_k',
  'n',
  'stop',
  'seed',
  'frequency_penalty',
  'presence_penalty',
] as const satisfies readonly (keyof SamplingFields)[];

interface Measures {
  readonly maxTokens: number | null | undefined;
  readonly logprobs: number | null | undefined;
}

/** @param measures what the formats name differently. */
export function readSampling(fields: SamplingFields, { maxTokens, logprobs }: Measures): Sampling {
  const stop = typeof fields.stop === 'string' ? [fields.stop] : (fields.stop ?? []);
  return {
    temperature: fields.temperature ?? 1,
    topP: fields.top_p ?? 1,
    ...(typeof fields.top_k === 'number' && fields.top_k > 0 && { topK: fields.top_k }),
    ...(typeof maxTokens === 'number' && { maxTokens }),
    // An empty stop sequence occurs everywhere and means none.
    stop: stop.filter((sequence) => sequence !== ''),
    ...(typeof fields.seed === 'number' && { seed: fields.seed }),
    choices: fields.n ?? 1,
    frequencyPenalty: fields.frequency_penalty ?? 0,
    presencePenalty: fields.presence_penalty ?? 0,
    ...(typeof logprobs === 'number' && { logprobs }),
  };
}
