/**
 * Events of OpenAI's Responses (https://platform.openai.com/docs/api-reference/responses-streaming), as chunks of chat. vLLM leaves out some of
 * the `*.done` events, and other servers the deltas: whatever tells a text first is heard, and what tells it again adds only what is new.
 */
import { PurpgateError } from '../../errors.js';
import type { JsonObject } from '../../types.js';
import { isRecord } from './json.js';
import { argumentsChunk, callChunk, chunk, errorChunk, type EventFields, indexOf, recordOf } from './typed-events.js';
import { textOf, type Translation } from './typed-events.js';

/** By the field of a chunk of chat that its text goes to. */
type Channel = 'content' | 'refusal' | 'reasoning_content' | 'arguments';

export class ResponsesEvents implements Translation {
  isOver = false;
  /** What was said, by item, part and channel. */
  readonly #said = new Map<string, string>();
  readonly #calls = new Set<number>();

  chunksOf(type: string, fields: EventFields): readonly JsonObject[] {
    const output = indexOf(fields, 'output_index');
    const part = indexOf(fields, 'content_index');
    switch (type) {
      case 'response.output_item.added':
      case 'response.output_item.done':
        return this.#item(output, recordOf(fields, 'item'));
      case 'response.output_text.delta':
        return this.#say({ output, part, channel: 'content' }, textOf(fields, 'delta'));
      case 'response.output_text.done':
        return this.#sayRest({ output, part, channel: 'content' }, textOf(fields, 'text'));
      case 'response.refusal.delta':
        return this.#say({ output, part, channel: 'refusal' }, textOf(fields, 'delta'));
      case 'response.refusal.done':
        return this.#sayRest({ output, part, channel: 'refusal' }, textOf(fields, 'refusal'));
      case 'response.reasoning_text.delta':
      case 'response.reasoning_summary_text.delta':
        return [chunk({ reasoning_content: textOf(fields, 'delta') })];
      case 'response.reasoning_summary_part.added':
        return indexOf(fields, 'summary_index') === 0 ? [] : [chunk({ reasoning_content: '\n\n' })];
      case 'response.function_call_arguments.delta':
        return this.#say({ output, part: 0, channel: 'arguments' }, textOf(fields, 'delta'));
      case 'response.function_call_arguments.done':
        return this.#sayRest({ output, part: 0, channel: 'arguments' }, textOf(fields, 'arguments'));
      case 'response.completed':
      case 'response.incomplete':
        return this.#end(recordOf(fields, 'response'));
      case 'response.failed':
      case 'response.cancelled':
        return [errorChunk(recordOf(fields, 'response'))];
      default:
        // Progress, and what a later version adds.
        return [];
    }
  }

  #item(output: number, item: EventFields): readonly JsonObject[] {
    if (item['type'] === 'function_call') {
      const id = textOf(item, 'call_id') || textOf(item, 'id');
      const start = this.#calls.has(output) ? [] : [callChunk(output, { id, name: textOf(item, 'name') })];
      this.#calls.add(output);
      return [...start, ...this.#sayRest({ output, part: 0, channel: 'arguments' }, textOf(item, 'arguments'))];
    }
    const parts = item['type'] === 'message' && Array.isArray(item['content']) ? item['content'] : [];
    return parts.flatMap((value: unknown, part) => {
      if (!isRecord(value)) return [];
      const channel = value['type'] === 'refusal' ? 'refusal' : 'content';
      return this.#sayRest({ output, part, channel }, textOf(value, channel === 'refusal' ? 'refusal' : 'text'));
    });
  }

  #say(place: { output: number; part: number; channel: Channel }, text: string): readonly JsonObject[] {
    const { output, part, channel } = place;
    const key = `${output} ${part} ${channel}`;
    this.#said.set(key, (this.#said.get(key) ?? '') + text);
    return channel === 'arguments' ? argumentsChunk(output, text) : [chunk({ [channel]: text })];
  }

  /** @throws PurpgateError `upstream_error` where the whole is another text than its pieces: which of them was meant, nobody knows. */
  #sayRest(place: { output: number; part: number; channel: Channel }, whole: string): readonly JsonObject[] {
    const said = this.#said.get(`${place.output} ${place.part} ${place.channel}`) ?? '';
    // The beginning of an item has nothing yet, and some servers tell the whole without its text.
    if (whole === '' || whole === said) return [];
    if (!whole.startsWith(said))
      throw new PurpgateError('upstream_error', { message: 'the upstream tells a text in two ways' });
    return this.#say(place, whole.slice(said.length));
  }

  #end(response: EventFields): readonly JsonObject[] {
    this.isOver = true;
    const hasCalls = this.#calls.size > 0;
    const hasText = [...this.#said.keys()].some((key) => !key.endsWith(' arguments'));
    const output: readonly unknown[] = Array.isArray(response['output']) ? response['output'] : [];
    // Their places are not always those that the events told, so only kinds that no event told are taken from here.
    const isUntold = (item: EventFields): boolean =>
      item['type'] === 'function_call' ? !hasCalls : item['type'] === 'message' && !hasText;
    const rest = output.flatMap((item, index) => (isRecord(item) && isUntold(item) ? this.#item(index, item) : []));
    const isCut = textOf(recordOf(response, 'incomplete_details'), 'reason') === 'max_output_tokens';
    const reason = isCut ? 'length' : this.#calls.size > 0 ? 'tool_calls' : 'stop';
    return [...rest, ...usageChunk(response['usage']), { choices: [{ index: 0, delta: {}, finish_reason: reason }] }];
  }
}

function usageChunk(usage: unknown): readonly JsonObject[] {
  if (!isRecord(usage)) return [];
  const input = recordOf(usage, 'input_tokens_details');
  const told = {
    prompt_tokens: indexOf(usage, 'input_tokens'),
    completion_tokens: indexOf(usage, 'output_tokens'),
    completion_tokens_details: {
      reasoning_tokens: indexOf(recordOf(usage, 'output_tokens_details'), 'reasoning_tokens'),
    },
    ...('cached_tokens' in input && { prompt_tokens_details: { cached_tokens: indexOf(input, 'cached_tokens') } }),
  };
  return [{ choices: [], usage: told }];
}
