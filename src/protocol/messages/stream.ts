/** Anthropic Messages: Deltas to the server-sent events of a stream. */
import { PurpgateError, unreachable } from '../../errors.js';
import type { Delta } from '../../types.js';
import { toLine } from '../events.js';
import type { ResponseIdentity, StreamedAnswer } from '../format.js';
import { toWireVerdict, type MessagesAnswerBlock, type WireExtension, type WireVerdict } from '../wire.js';
import { toHead, toMessagesUsage, toSignature, toStop, type Finish, type MessagesStyle } from './answer.js';
import { toAnthropicErrorBody } from './errors.js';

/** Anthropic's SDK passes over an event without a name. */
function event(type: string, fields = ''): string {
  return `event: ${type}\ndata: {"type":"${type}"${fields === '' ? '' : `,${fields}`}}\n\n`;
}

export const PING = event('ping');

/** The fields of an object, without its braces. */
function fieldsOf(value: object): string {
  return toLine(value).slice(1, -1);
}

export class MessageEventEncoder implements StreamedAnswer {
  private state: 'waiting' | 'answering' | 'complete' = 'waiting';
  /** The open content block. */
  private block: { readonly type: MessagesAnswerBlock['type']; isEmpty: boolean } | null = null;
  /** Of the content block that was opened last. */
  private index = -1;
  private finish: Finish | null = null;
  private untold: WireVerdict[] = [];

  constructor(
    private readonly identity: ResponseIdentity,
    private readonly style: MessagesStyle,
  ) {}

  encode(delta: Delta): string {
    if (delta.type === 'verdict') {
      const verdict = toWireVerdict(delta.choice, delta.verdict);
      if (verdict !== null) this.untold.push(verdict);
      // Verdicts on the prompt come before its length is known, which the first event tells.
      return '';
    }
    const start = this.state === 'waiting' ? this.start(delta.type === 'prompt' ? delta.promptTokens : 0) : '';
    return start + this.encodeContent(delta);
  }

  end(): string {
    if (this.state !== 'complete')
      throw new PurpgateError('internal_error', { message: 'the answer ended without usage' });
    return event('message_stop');
  }

  fail(error: PurpgateError): string {
    const { error: told, request_id } = toAnthropicErrorBody(error, this.identity.id);
    return event('error', fieldsOf({ error: told, request_id }));
  }

  private encodeContent(delta: Exclude<Delta, { type: 'verdict' }>): string {
    switch (delta.type) {
      case 'prompt':
        return '';
      case 'text':
        return delta.text === '' ? '' : this.open('text') + this.piece(`"text_delta","text":${toLine(delta.text)}`);
      case 'reasoning':
        if (this.style.thinking === 'hidden' || delta.text === '') return '';
        return this.open('thinking') + this.piece(`"thinking_delta","thinking":${toLine(delta.text)}`);
      case 'tool_start': {
        const { id, name } = delta;
        return this.close() + this.begin({ type: 'tool_use', id, name, input: {} });
      }
      case 'tool_args':
        return delta.text === '' ? '' : this.input(delta.text);
      case 'finish':
        this.finish = delta;
        return this.close();
      case 'usage': {
        const stop = { delta: toStop(this.finish), usage: toMessagesUsage(delta.usage) };
        this.state = 'complete';
        return event('message_delta', fieldsOf(this.untold.length === 0 ? stop : { ...stop, purpgate: this.tell() }));
      }
      default:
        return unreachable(delta);
    }
  }

  private start(promptTokens: number): string {
    this.state = 'answering';
    const usage = toMessagesUsage({ promptTokens, completionTokens: 0, reasoningTokens: 0 });
    const stop = { stop_reason: null, stop_sequence: null };
    const message = { ...toHead(this.identity), content: [], ...stop, usage, purpgate: this.tell() };
    return event('message_start', fieldsOf({ message }));
  }

  private tell(): WireExtension {
    const { id, version } = this.identity;
    const verdicts = this.untold;
    this.untold = [];
    return { interaction_id: id, version, verdicts };
  }

  /** Goes on with the open block, or opens one of the type. */
  private open(type: 'text' | 'thinking'): string {
    if (this.block?.type === type) return '';
    return this.close() + this.begin(type === 'text' ? { type, text: '' } : { type, thinking: '', signature: '' });
  }

  private begin(block: MessagesAnswerBlock): string {
    this.index += 1;
    this.block = { type: block.type, isEmpty: true };
    return event('content_block_start', `"index":${this.index},"content_block":${toLine(block)}`);
  }

  private input(json: string): string {
    return this.piece(`"input_json_delta","partial_json":${toLine(json)}`);
  }

  /** @param delta its type and what follows, as JSON. */
  private piece(delta: string): string {
    if (this.block !== null) this.block.isEmpty = false;
    return event('content_block_delta', `"index":${this.index},"delta":{"type":${delta}}`);
  }

  private close(): string {
    if (this.block === null) return '';
    const { type, isEmpty } = this.block;
    let rest = '';
    if (type === 'thinking') rest = this.piece(`"signature_delta","signature":${toLine(toSignature(this.identity))}`);
    // A tool without arguments is called with an empty object.
    if (type === 'tool_use' && isEmpty) rest = this.input('{}');
    this.block = null;
    return rest + event('content_block_stop', `"index":${this.index}`);
  }
}
