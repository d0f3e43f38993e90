/** Text completions: Deltas to the server-sent events of a stream. */
import { toErrorBody, unreachable, type PurpgateError } from '../../errors.js';
import type { Delta } from '../../types.js';
import { ChunkFrame } from '../chunks.js';
import { DONE_EVENT, toLine } from '../events.js';
import type { ResponseIdentity, StreamedAnswer } from '../format.js';
import type { TextCompletion } from '../wire.js';
import { toTextFinish } from './completion.js';
import { TextLogprobs } from './logprobs.js';

type ChoiceFields = Pick<TextCompletion['choices'][number], 'logprobs'> & { readonly finish_reason: string | null };

export interface TextStyle {
  /** Whether a stream ends with a chunk that holds the usage. */
  readonly usageChunk: 'sent' | 'omitted';
  /** Stands in front of the text of every choice. */
  readonly echo: string;
}

export class TextChunkEncoder implements StreamedAnswer {
  private readonly frame: ChunkFrame;
  /** Of the choices that have begun. */
  private readonly logprobs = new Map<number, TextLogprobs>();

  constructor(
    identity: ResponseIdentity,
    private readonly style: TextStyle,
  ) {
    this.frame = new ChunkFrame(identity, { prefix: 'cmpl-', object: 'text_completion' });
  }

  encode(delta: Delta): string {
    switch (delta.type) {
      case 'text': {
        const { echo, reader } = this.begin(delta.choice);
        const logprobs = reader.read(delta);
        const text = echo + delta.text;
        return text === '' && logprobs === null
          ? ''
          : this.chunk(delta.choice, text, { logprobs, finish_reason: null });
      }
      case 'finish':
        return this.chunk(delta.choice, this.begin(delta.choice).echo, {
          logprobs: null,
          finish_reason: toTextFinish(delta.reason),
        });
      case 'verdict':
        this.frame.tell(delta.choice, delta.verdict);
        return '';
      case 'usage': {
        const late = this.frame.hasPending ? this.chunk(0, '', { logprobs: null, finish_reason: null }) : '';
        return this.style.usageChunk === 'omitted' ? late : `${late}${this.frame.usageChunk(delta.usage)}`;
      }
      // Text is all that the format has a place for.
      case 'prompt':
      case 'reasoning':
      case 'tool_start':
      case 'tool_args':
        return '';
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

  /** What the choice shows before anything else is shown once. */
  private begin(choice: number): { readonly echo: string; readonly reader: TextLogprobs } {
    const known = this.logprobs.get(choice);
    if (known !== undefined) return { echo: '', reader: known };
    const reader = new TextLogprobs();
    this.logprobs.set(choice, reader);
    return { echo: this.style.echo, reader };
  }

  private chunk(index: number, text: string, fields: ChoiceFields): string {
    return this.frame.chunk(toLine({ text, index, ...fields }));
  }
}
