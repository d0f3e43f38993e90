/** Text completions: the Deltas of a whole answer to one `text_completion` object. */
import type { Delta, FinishReason } from '../../types.js';
import { ChatCompletionBuilder } from '../chat/completion.js';
import type { ResponseIdentity, WholeAnswer } from '../format.js';
import type { TextCompletion, WireTextLogprobs, WireVerdict } from '../wire.js';
import { joinLogprobs, TextLogprobs } from './logprobs.js';

/** A chat completion, of which the text is shown and neither reasoning nor calls. */
export class TextCompletionBuilder implements WholeAnswer {
  private readonly chat: ChatCompletionBuilder;
  private readonly logprobs = new Map<number, { readonly reader: TextLogprobs; readonly parts: WireTextLogprobs[] }>();

  constructor(
    private readonly identity: ResponseIdentity,
    /** Stands in front of the text of every choice. */
    private readonly echo: string,
  ) {
    this.chat = new ChatCompletionBuilder(identity, { usageChunk: 'omitted', notices: 'content' });
  }

  add(delta: Delta): void {
    this.chat.add(delta);
    if (delta.type !== 'text') return;
    const choice = this.logprobs.get(delta.choice) ?? { reader: new TextLogprobs(), parts: [] };
    this.logprobs.set(delta.choice, choice);
    const told = choice.reader.read(delta);
    if (told !== null) choice.parts.push(told);
  }

  build(): { readonly body: TextCompletion; readonly verdicts: readonly WireVerdict[] } {
    const { body, verdicts } = this.chat.build();
    return {
      body: {
        ...body,
        id: `cmpl-${this.identity.id}`,
        object: 'text_completion',
        choices: body.choices.map(({ index, message, finish_reason }) => ({
          text: this.echo + (message.content ?? ''),
          index,
          logprobs: joinLogprobs(this.logprobs.get(index)?.parts ?? []),
          finish_reason: toTextFinish(finish_reason),
        })),
      },
      verdicts,
    };
  }
}

/** A request without tools gets no calls, and the format has no word for them. */
export function toTextFinish(reason: FinishReason): 'stop' | 'length' {
  return reason === 'length' ? 'length' : 'stop';
}
