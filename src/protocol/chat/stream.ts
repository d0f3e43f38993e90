/** Chat completions: Deltas to the server-sent events of a stream. */
import { toErrorBody, unreachable, type PurpgateError } from '../../errors.js';
import type { Delta } from '../../types.js';
import { DONE_EVENT, toLine } from '../events.js';
import type { ResponseIdentity, StreamedAnswer } from '../format.js';
import { toWireUsage, toWireVerdict, type WireExtension, type WireVerdict } from '../wire.js';
import { withholds } from './completion.js';
import type { ChatStyle } from './style.js';

/**
 * Writes the chunks of one response. All that does not change between chunks is serialised once per request; a chunk then costs one `JSON.stringify`
 * of its text.
 */
export class ChatChunkEncoder implements StreamedAnswer {
  /** Everything in front of the choice. */
  private readonly frame: string;
  private readonly started = new Set<number>();
  private readonly blocks: WireVerdict[] = [];
  /** What the next chunk tells in its extension field; null when there is nothing to tell. The first chunk always tells who answers. */
  private pending: WireVerdict[] | null = [];

  constructor(
    private readonly identity: ResponseIdentity,
    private readonly style: ChatStyle,
  ) {
    const { id, created, model, version } = identity;
    const head = {
      id: `chatcmpl-${id}`,
      object: 'chat.completion.chunk',
      created,
      model,
      ...(version !== null && { system_fingerprint: version }),
    };
    this.frame = `data: ${toLine(head).slice(0, -1)},"choices":[`;
  }

  encode(delta: Delta): string {
    switch (delta.type) {
      case 'prompt':
        return '';
      case 'text':
        return delta.text === ''
          ? ''
          : this.chunk(delta.choice, `"${this.textField(delta.choice)}":${toLine(delta.text)}`);
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
        return this.chunk(delta.choice, this.started.has(delta.choice) ? '' : '"content":""', `"${delta.reason}"`);
      case 'verdict':
        this.tell(delta.choice, toWireVerdict(delta.choice, delta.verdict));
        return '';
      case 'usage': {
        // Verdicts ride on ordinary chunks, since a chunk without choices and without usage breaks callers that read the usage of any such chunk.
        const late = this.pending === null ? '' : this.chunk(0, '');
        if (this.style.usageChunk === 'omitted') return late;
        return `${late}${this.frame}],"usage":${JSON.stringify(toWireUsage(delta.usage))}}\n\n`;
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

  private chunk(choice: number, fields: string, finish = 'null'): string {
    let role = '';
    if (!this.started.has(choice)) {
      this.started.add(choice);
      role = fields === '' ? '"role":"assistant"' : '"role":"assistant",';
    }
    return `${this.frame}{"index":${choice},"delta":{${role}${fields}},"logprobs":null,"finish_reason":${finish}}]${this.extension()}}\n\n`;
  }

  private extension(): string {
    if (this.pending === null) return '';
    const told: WireExtension = {
      interaction_id: this.identity.id,
      version: this.identity.version,
      verdicts: this.pending,
    };
    this.pending = null;
    return `,"purpgate":${toLine(told)}`;
  }

  private tell(choice: number, verdict: WireVerdict | null): void {
    if (verdict === null) return;
    (this.pending ??= []).push(verdict);
    if (verdict.action === 'block') this.blocks.push({ ...verdict, choice });
  }

  private textField(choice: number): 'content' | 'refusal' {
    if (this.style.notices === 'content' || this.blocks.length === 0) return 'content';
    return this.blocks.some((verdict) => withholds(verdict, choice)) ? 'refusal' : 'content';
  }
}
