/** The items of a response while they are written: each tells its events and ends as the object that the response holds. */
import type {
  ResponseItem,
  ResponseItemStatus,
  ResponseMessage,
  ResponseReasoning,
  ResponseSummaryText,
} from '../wire.js';
import { customInput, type ClientTool } from './tools.js';

/** Takes the events of one response, in order. */
export type EventSink = (type: string, fields: object) => void;

/** Where an item stands, and where it tells its events. */
export interface ItemPlace {
  readonly id: string;
  readonly outputIndex: number;
  readonly emit: EventSink;
}

export interface WrittenItem {
  add(text: string): void;
  close(status: ResponseItemStatus): ResponseItem;
}

type ContentKind = 'output_text' | 'refusal';

interface PartForm<Part> {
  /** Names the events that frame a part. */
  readonly frame: string;
  /** Names the events that carry its text. */
  readonly text: string;
  readonly index: 'content_index' | 'summary_index';
  /** What both events of the text say besides. */
  readonly besides: object;
  readonly textField: 'text' | 'refusal';
  readonly make: (text: string) => Part;
}

const SUMMARY: PartForm<ResponseSummaryText> = {
  frame: 'response.reasoning_summary_part',
  text: 'response.reasoning_summary_text',
  index: 'summary_index',
  besides: {},
  textField: 'text',
  make: (text) => ({ type: 'summary_text', text }),
};

type ContentPart = ResponseMessage['content'][number];

const CONTENT: Readonly<Record<ContentKind, PartForm<ContentPart>>> = {
  output_text: {
    frame: 'response.content_part',
    text: 'response.output_text',
    index: 'content_index',
    besides: { logprobs: [] },
    textField: 'text',
    make: (text) => ({ type: 'output_text', text, annotations: [], logprobs: [] }),
  },
  refusal: {
    frame: 'response.content_part',
    text: 'response.refusal',
    index: 'content_index',
    besides: {},
    textField: 'refusal',
    make: (refusal) => ({ type: 'refusal', refusal }),
  },
};

/** A part of an item, which grows by text. */
class WrittenPart<Part> {
  private readonly pieces: string[] = [];
  private readonly address: object;

  constructor(
    private readonly place: ItemPlace,
    private readonly form: PartForm<Part>,
    index: number,
  ) {
    this.address = { item_id: place.id, output_index: place.outputIndex, [form.index]: index };
    place.emit(`${form.frame}.added`, { ...this.address, part: form.make('') });
  }

  add(text: string): void {
    this.pieces.push(text);
    this.place.emit(`${this.form.text}.delta`, { ...this.address, delta: text, ...this.form.besides });
  }

  close(): Part {
    const { form, place } = this;
    const text = this.pieces.join('');
    const part = form.make(text);
    place.emit(`${form.text}.done`, { ...this.address, [form.textField]: text, ...form.besides });
    place.emit(`${form.frame}.done`, { ...this.address, part });
    return part;
  }
}

function added(place: ItemPlace, item: ResponseItem): void {
  place.emit('response.output_item.added', { output_index: place.outputIndex, item });
}

function done<Item extends ResponseItem>(place: ItemPlace, item: Item): Item {
  place.emit('response.output_item.done', { output_index: place.outputIndex, item });
  return item;
}

/** Reasoning is written as a summary, since that is what clients show. */
export class WrittenReasoning implements WrittenItem {
  private readonly frame: Omit<ResponseReasoning, 'summary'>;
  private readonly part: WrittenPart<ResponseSummaryText>;

  constructor(
    private readonly place: ItemPlace,
    encryptedContent: 'sent' | 'omitted',
  ) {
    const { id } = place;
    // Reasoning that comes back is dropped, so there is nothing to hide in it: clients only need some string to send.
    const opaque = encryptedContent === 'sent' ? { encrypted_content: Buffer.from(id).toString('base64url') } : {};
    this.frame = { type: 'reasoning', id, ...opaque };
    added(place, { ...this.frame, summary: [] });
    this.part = new WrittenPart(place, SUMMARY, 0);
  }

  add(text: string): void {
    this.part.add(text);
  }

  close(): ResponseReasoning {
    return done(this.place, { ...this.frame, summary: [this.part.close()] });
  }
}

export class WrittenMessage implements WrittenItem {
  private readonly content: ContentPart[] = [];
  private part: WrittenPart<ContentPart> | null = null;
  private kind: ContentKind | null = null;

  constructor(private readonly place: ItemPlace) {
    added(place, this.item('in_progress'));
  }

  add(text: string, kind: ContentKind = 'output_text'): void {
    if (this.part === null || this.kind !== kind) {
      this.closePart();
      this.part = new WrittenPart(this.place, CONTENT[kind], this.content.length);
      this.kind = kind;
    }
    if (text !== '') this.part.add(text);
  }

  close(status: ResponseItemStatus): ResponseMessage {
    this.closePart();
    return done(this.place, this.item(status));
  }

  private closePart(): void {
    if (this.part !== null) this.content.push(this.part.close());
    this.part = null;
  }

  private item(status: ResponseItemStatus): ResponseMessage {
    return { type: 'message', id: this.place.id, status, role: 'assistant', content: [...this.content] };
  }
}

export interface CalledTool {
  readonly callId: string;
  readonly tool: ClientTool;
}

export class WrittenFunctionCall implements WrittenItem {
  private readonly pieces: string[] = [];

  constructor(
    private readonly place: ItemPlace,
    private readonly called: CalledTool,
  ) {
    added(place, this.item('', 'in_progress'));
  }

  add(text: string): void {
    this.pieces.push(text);
    this.tell('delta', { delta: text });
  }

  close(status: ResponseItemStatus): ResponseItem {
    // Clients parse the arguments, also of a tool that takes none.
    if (this.pieces.length === 0 && status === 'completed') this.add('{}');
    const text = this.pieces.join('');
    this.tell('done', { name: this.called.tool.name, arguments: text });
    return done(this.place, this.item(text, status));
  }

  private tell(event: 'delta' | 'done', fields: object): void {
    const { id, outputIndex, emit } = this.place;
    emit(`response.function_call_arguments.${event}`, { item_id: id, output_index: outputIndex, ...fields });
  }

  private item(text: string, status: ResponseItemStatus): ResponseItem {
    return { type: 'function_call', id: this.place.id, ...callFields(this.called), arguments: text, status };
  }
}

/** The model writes the input as a string of JSON, so its text is known when the call is whole. */
export class WrittenCustomCall implements WrittenItem {
  private readonly pieces: string[] = [];

  constructor(
    private readonly place: ItemPlace,
    private readonly called: CalledTool,
  ) {
    added(place, this.item('', 'in_progress'));
  }

  add(text: string): void {
    this.pieces.push(text);
  }

  close(status: ResponseItemStatus): ResponseItem {
    const { id, outputIndex, emit } = this.place;
    const input = customInput(this.pieces.join(''));
    const address = { item_id: id, output_index: outputIndex };
    if (input !== '') emit('response.custom_tool_call_input.delta', { ...address, delta: input });
    emit('response.custom_tool_call_input.done', { ...address, input });
    return done(this.place, this.item(input, status));
  }

  private item(input: string, status: ResponseItemStatus): ResponseItem {
    return { type: 'custom_tool_call', id: this.place.id, ...callFields(this.called), input, status };
  }
}

function callFields({ callId, tool }: CalledTool): { call_id: string; name: string; namespace?: string } {
  return { call_id: callId, name: tool.name, ...(tool.namespace !== null && { namespace: tool.namespace }) };
}
