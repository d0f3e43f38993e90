/** Chat completions: Deltas to the server-sent events of a stream. */
import { toErrorBody, unreachable, type PurpgateError } from '../../errors.js';
import type { Delta } from '../../types.js';
import { ChunkFrame } from '../chunks.js';
import { DONE_EVENT, toLine } from '../events.js';
import type { ResponseIdentity, StreamedAnswer } from '../format.js';
import { toWireLogprobs } from '../logprobs.js';
import type { WireVerdict } from '../wire.js';
import { withholds } from './completion.js';
import type { ChatStyle } from './style.js';

/** Writes the chunks of one response; a chunk costs one `JSON.stringify` of its text. */
export class ChatChunkEncoder implements StreamedAnswer {
  private readonly frame: ChunkFrame;
  private readonly started = new Set<number>();
  private readonly blocks: WireVerdict[] = [];

  constructor(
    identity: ResponseIdentity,
    private readonly style: ChatStyle,
  ) {
    this.frame = new ChunkFrame(identity, { prefix: 'chatcmpl-', object: 'chat.completion.chunk' });
  }

  encode(delta: Delta): string {
    switch (delta.type) {
      case 'prompt':
        return '';
      case 'text':
        return this.textChunk(delta);
      case 'reasoning':
        return delta.text === '' ? '' : this.chunk(delta.choice, `"reasoning_content":${toLine(delta.text)}`);
      case 'tool_start': {
        const { index, id, name } = delta;
        const call = toLine({ index, id, type: 'function', function: { name, arguments: '' } });
        return this.chunk(delta.choice, `"tool_calls":[${call}]`);
      }
      case 'tool_args':
        if (delta.text === '') return '';
        return this.chunk(
          delta.choice,
          `"tool_calls":[{"index":${delta.index},"function":{"arguments":${toLine(delta.text)}}}]`,
        );
      case 'finish':
        return this.chunk(delta.choice, this.started.has(delta.choice) ? '' : '"content":""', {
          finish: `"${delta.reason}"`,
        });
      case 'verdict': {
        const told = this.frame.tell(delta.choice, delta.verdict);
        if (told?.action === 'block') this.blocks.push(told);
        return '';
      }
      case 'usage': {
        const late = this.frame.hasPending ? this.chunk(0, '') : '';
        return this.style.usageChunk === 'omitted' ? late : `${late}${this.frame.usageChunk(delta.usage)}`;
      }
      default:
        return unreachable(delta);
    }
  }

  end(): string {
    return DONE_EVENT;
  }

  fail(error: PurpgateError): string {
    return `data: ${toLine(toErrorBody(error))}\n\n`;
  }

  private textChunk({ choice, text, logprobs = [] }: Extract<Delta, { type: 'text' }>): string {
    const fields = text === '' ? '' : `"${this.textField(choice)}":${toLine(text)}`;
    if (logprobs.length > 0)
      return this.chunk(choice, fields, { logprobs: toLine({ content: toWireLogprobs(logprobs), refusal: null }) });
    return fields === '' ? '' : this.chunk(choice, fields);
  }

  private chunk(choice: number, fields: string, { finish = 'null', logprobs = 'null' } = {}): string {
    let role = '';
    if (!this.started.has(choice)) {
      this.started.add(choice);
      role = fields === '' ? '"role":"assistant"' : '"role":"assistant",';
    }
    return this.frame.chunk(
      `{"index":${choice},"delta":{${role}${fields}},"logprobs":${logprobs},"finish_reason":${finish}}`,
    );
  }

  private textField(choice: number): 'content' | 'refusal' {
    if (this.style.notices === 'content' || this.blocks.length === 0) return 'content';
    return this.blocks.some((verdict) => withholds(verdict, choice)) ? 'refusal' : 'content';
  }
}
