/** OpenAI Responses: the Deltas of an answer to its events and its response object. */
import { PurpgateError, unreachable, type ErrorCode } from '../../errors.js';
import type { Delta, FinishReason, Usage } from '../../types.js';
import { withholds } from '../chat/completion.js';
import { DONE_EVENT, toLine } from '../events.js';
import type { ResponseIdentity, StreamedAnswer, WholeAnswer } from '../format.js';
import {
  toWireVerdict,
  type ResponseItem,
  type ResponseObject,
  type ResponseUsage,
  type WireVerdict,
} from '../wire.js';
import {
  WrittenCustomCall,
  WrittenFunctionCall,
  WrittenMessage,
  WrittenReasoning,
  type EventSink,
  type ItemPlace,
  type WrittenItem,
} from './items.js';
import type { ResponseStyle } from './style.js';

type ToolStart = Extract<Delta, { type: 'tool_start' }>;
type Outcome = Pick<ResponseObject, 'status'> &
  Partial<Pick<ResponseObject, 'error' | 'incomplete_details' | 'completed_at'>>;

/** Writes one response; whole and streamed answers differ only in where its events go. */
class ResponseWriter {
  readonly verdicts: WireVerdict[] = [];
  private readonly output: ResponseItem[] = [];
  private open: WrittenItem | null = null;
  private isStarted = false;
  private finish: FinishReason | null = null;
  private usage: Usage | null = null;

  constructor(
    private readonly identity: ResponseIdentity,
    private readonly style: ResponseStyle,
    private readonly emit: EventSink,
  ) {}

  /** The first events, which every reader expects in front of all others. */
  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    const response = this.response({ status: 'in_progress' });
    this.emit('response.created', { response });
    this.emit('response.in_progress', { response });
  }

  add(delta: Delta): void {
    if (delta.type === 'verdict') this.judge(delta.choice, toWireVerdict(delta.choice, delta.verdict));
    this.start();
    switch (delta.type) {
      case 'prompt':
      case 'verdict':
        return;
      case 'text':
        if (delta.text !== '') this.message().add(delta.text, this.textKind(delta.choice));
        return;
      case 'reasoning':
        if (delta.text !== '') this.reasoning().add(delta.text);
        return;
      case 'tool_start':
        this.beginCall(delta);
        return;
      case 'tool_args':
        if (delta.text !== '') this.open?.add(delta.text);
        return;
      case 'finish':
        this.finish = delta.reason;
        // An answer without any text is one empty message: agents look for the last message.
        if (this.open === null) this.message().add('', this.textKind(delta.choice));
        this.close(delta.reason === 'length' ? 'incomplete' : 'completed');
        return;
      case 'usage':
        this.usage = delta.usage;
        return;
      default:
        unreachable(delta);
    }
  }

  /** @throws PurpgateError `internal_error` when the answer has not ended. */
  end(): ResponseObject {
    if (this.finish === null || this.usage === null)
      throw new PurpgateError('internal_error', { message: 'the answer ended without finish or usage' });
    const response =
      this.finish === 'length'
        ? this.response({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } })
        : this.response({ status: 'completed', completed_at: Math.floor(Date.now() / 1000) });
    this.emit(`response.${response.status}`, { response });
    return response;
  }

  fail(error: PurpgateError): void {
    this.start();
    const told = { code: failureCode(error), message: error.publicMessage };
    this.emit('response.failed', { response: this.response({ status: 'failed', error: told }) });
  }

  private response(outcome: Outcome): ResponseObject {
    const { id, created, model, version } = this.identity;
    return {
      id: `resp_${id}`,
      created_at: created,
      completed_at: null,
      error: null,
      incomplete_details: null,
      ...outcome,
      model,
      output: [...this.output],
      ...this.style.echo,
      usage: this.usage === null ? null : toResponseUsage(this.usage),
      purpgate: { interaction_id: id, version, verdicts: [...this.verdicts] },
    };
  }

  private judge(choice: number, verdict: WireVerdict | null): void {
    if (verdict !== null) this.verdicts.push({ ...verdict, choice });
  }

  private textKind(choice: number): 'output_text' | 'refusal' {
    if (this.style.notices === 'output_text') return 'output_text';
    return this.verdicts.some((verdict) => withholds(verdict, choice)) ? 'refusal' : 'output_text';
  }

  private message(): WrittenMessage {
    if (this.open instanceof WrittenMessage) return this.open;
    return this.begin((place) => new WrittenMessage(place), 'msg');
  }

  private reasoning(): WrittenReasoning {
    if (this.open instanceof WrittenReasoning) return this.open;
    return this.begin((place) => new WrittenReasoning(place, this.style.encryptedContent), 'rs');
  }

  private beginCall({ id, name }: ToolStart): void {
    const called = { callId: id, tool: this.style.names.toClient(name) };
    if (called.tool.kind === 'custom') this.begin((place) => new WrittenCustomCall(place, called), 'ctc');
    else this.begin((place) => new WrittenFunctionCall(place, called), 'fc');
  }

  private begin<Item extends WrittenItem>(make: (place: ItemPlace) => Item, prefix: string): Item {
    this.close('completed');
    const outputIndex = this.output.length;
    const item = make({ id: `${prefix}_${this.identity.id}_${outputIndex}`, outputIndex, emit: this.emit });
    this.open = item;
    return item;
  }

  private close(status: 'completed' | 'incomplete'): void {
    if (this.open !== null) this.output.push(this.open.close(status));
    this.open = null;
  }
}

/** Codes that Codex knows as final; it sends the request again after any other. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set(['content_policy_violation', 'context_length_exceeded']);

function failureCode(error: PurpgateError): string {
  if (FINAL_CODES.has(error.code) || error.code === 'rate_limit_exceeded') return error.code;
  return error.retryable ? 'server_error' : 'invalid_prompt';
}

function toResponseUsage({ promptTokens, completionTokens, reasoningTokens, cachedTokens = 0 }: Usage): ResponseUsage {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + completionTokens,
  };
}

export class ResponseBuilder implements WholeAnswer {
  private readonly deltas: Delta[] = [];

  constructor(
    private readonly identity: ResponseIdentity,
    private readonly style: ResponseStyle,
  ) {}

  add(delta: Delta): void {
    this.deltas.push(delta);
  }

  build(): { readonly body: ResponseObject; readonly verdicts: readonly WireVerdict[] } {
    const writer = new ResponseWriter(this.identity, this.style, () => undefined);
    // A whole answer can still say of all its text that it is a refusal, as a stream cannot: so verdicts come first.
    const isVerdict = (delta: Delta): boolean => delta.type === 'verdict';
    for (const delta of this.deltas.filter(isVerdict)) writer.add(delta);
    for (const delta of this.deltas.filter((one) => !isVerdict(one))) writer.add(delta);
    return { body: writer.end(), verdicts: writer.verdicts };
  }
}

export class ResponseEncoder implements StreamedAnswer {
  private readonly writer: ResponseWriter;
  private sequence = 0;
  private events = '';

  constructor(identity: ResponseIdentity, style: ResponseStyle) {
    this.writer = new ResponseWriter(identity, style, (type, fields) => {
      const event = toLine({ type, sequence_number: this.sequence, ...fields });
      this.sequence += 1;
      this.events += `event: ${type}\ndata: ${event}\n\n`;
    });
  }

  encode(delta: Delta): string {
    this.writer.add(delta);
    return this.take();
  }

  end(): string {
    this.writer.end();
    return this.take() + DONE_EVENT;
  }

  fail(error: PurpgateError): string {
    this.writer.fail(error);
    return this.take();
  }

  private take(): string {
    const { events } = this;
    this.events = '';
    return events;
  }
}
