/** Chat completions: Deltas to the server-sent events of a stream. */
import { toErrorBody, unreachable, type PurpgateError } from '../errors.js';
import type { Delta } from '../types.js';
import { withholds } from './chat-completion.js';
import { toWireUsage, toWireVerdict, type ResponseIdentity, type WireExtension, type WireVerdict } from './wire.js';

/** Ends a stream that went well, and no other. */
export const DONE_EVENT = 'data: [DONE]\n\n';

// Line ends to Unicode, though not to JSON or to server-sent events: clients that read a stream by lines break a chunk at them.
const UNICODE_LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** JSON that is one line to every reader. */
function toLine(value: string | object): string {
  return JSON.stringify(value).replace(
    UNICODE_LINE_ENDS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What a stream says in place of `[DONE]` when it failed after its first byte. */
export function errorEvent(error: PurpgateError): string {
  return `data: ${toLine(toErrorBody(error))}\n\n`;
}

/**
 * Writes the chunks of one response. All that does not change between chunks is serialised once per request; a chunk then costs one `JSON.stringify`
 * of its text.
 */
export class ChatChunkEncoder {
  /** Everything in front of the choice. */
  private readonly frame: string;
  private readonly started = new Set<number>();
  private readonly blocks: WireVerdict[] = [];
  /** What the next chunk tells in its extension field; null when there is nothing to tell. The first chunk always tells who answers. */
  private pending: WireVerdict[] | null = [];

  constructor(
    private readonly identity: ResponseIdentity,
    private readonly usageChunk: 'sent' | 'omitted',
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

  /** The events that a Delta becomes; empty when it has nothing to show by itself. */
  encode(delta: Delta): string {
    switch (delta.type) {
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
        if (this.usageChunk === 'omitted') return late;
        return `${late}${this.frame}],"usage":${JSON.stringify(toWireUsage(delta.usage))}}\n\n`;
      }
      default:
        return unreachable(delta);
    }
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
    if (this.identity.notices === 'content' || this.blocks.length === 0) return 'content';
    return this.blocks.some((verdict) => withholds(verdict, choice)) ? 'refusal' : 'content';
  }
}
