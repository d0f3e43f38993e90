/**
 * Reads tool calls out of generated text, as Qwen2.5 and Hermes models write them:
 * `<tool_call>{"name": "...", "arguments": {...}}</tool_call>`. Works on text cut anywhere, and hands arguments on while they come.
 */

export type ToolCallPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_start'; readonly name: string }
  /** A piece of the JSON text of `arguments`, exactly as generated. */
  | { readonly type: 'tool_args'; readonly text: string };

const OPEN = '<tool_call>';
const CLOSE = '</tool_call>';

/** Length of the longest end of `text` that is a proper beginning of `marker`. */
export function heldLength(text: string, marker: string): number {
  for (let length = Math.min(text.length, marker.length - 1); length > 0; length--)
    if (text.endsWith(marker.slice(0, length))) return length;
  return 0;
}

export class ToolCallParser {
  /** `after`: behind a call. What stands there and is no call is dropped: neither Deltas nor OpenAI's format have a place for it. */
  #state: 'text' | 'call' | 'after' = 'text';
  #buffer = '';
  #call = new CallReader();
  #calls = 0;

  /** Calls that have come to their end. */
  get completeCalls(): number {
    return this.#calls;
  }

  push(text: string): ToolCallPart[] {
    this.#buffer += text;
    const parts: ToolCallPart[] = [];
    while (this.#state === 'call' ? this.#readCall(parts) : this.#findCall(parts));
    return parts;
  }

  /** The generation is over: what was held back as a possible marker is text, and an open call stays as short as it is. */
  end(): ToolCallPart[] {
    const parts: ToolCallPart[] = [];
    if (this.#state === 'text') emitText(parts, this.#buffer);
    else if (this.#state === 'call') this.#call.end(this.#buffer, parts);
    if (this.#state === 'call' && !this.#call.isStarted) this.#giveBack(parts);
    this.#buffer = '';
    return parts;
  }

  /** Both steps return whether there may be more to do in the buffer. */
  #findCall(parts: ToolCallPart[]): boolean {
    const at = this.#buffer.indexOf(OPEN);
    const length = at === -1 ? this.#buffer.length - heldLength(this.#buffer, OPEN) : at;
    if (this.#state === 'text') emitText(parts, this.#buffer.slice(0, length));
    this.#buffer = this.#buffer.slice(at === -1 ? length : length + OPEN.length);
    if (at === -1) return false;
    this.#call = new CallReader();
    this.#state = 'call';
    return true;
  }

  #readCall(parts: ToolCallPart[]): boolean {
    const used = this.#call.push(this.#buffer, parts);
    this.#buffer = this.#buffer.slice(used);
    if (this.#call.status === 'open') return false;
    if (this.#call.isStarted) {
      this.#calls += 1;
      this.#state = 'after';
    } else this.#giveBack(parts);
    return true;
  }

  /** The marker introduced no call: the reader shall see what the model wrote. */
  #giveBack(parts: ToolCallPart[]): void {
    if (this.#calls === 0) emitText(parts, OPEN + this.#call.source);
    this.#state = this.#calls === 0 ? 'text' : 'after';
  }
}

function emitText(parts: ToolCallPart[], text: string): void {
  if (text !== '') parts.push({ type: 'text', text });
}

/** What a character was to the call: `last` ends it, `refused` ends it and may begin another marker. */
type Step = 'next' | 'last' | 'refused' | 'broken';

/** Reads one JSON object member by member, so that a marker inside a string of the arguments does not end the call. */
class CallReader {
  status: 'open' | 'closed' | 'not_a_call' = 'open';
  isStarted = false;
  /** What was read so far, while it may still turn out to be no call. */
  source = '';
  #depth = 0;
  #string: 'outside' | 'inside' | 'escape' | 'broken' = 'outside';
  #key: string | null = null;
  /** JSON text of the key or value being read. */
  #raw = '';
  #name: string | null = null;
  #arguments = '';
  #hasArguments = false;

  /** Returns how many characters belong to the call; the rest must be offered again, with what follows. */
  push(text: string, parts: ToolCallPart[]): number {
    let used = 0;
    let step: Step = 'next';
    while (used < text.length && step === 'next') {
      step = this.#read(text.charAt(used));
      if (step === 'next' || step === 'last') used += 1;
    }
    if (step === 'broken') used = this.#readBroken(text, used);
    if (!this.isStarted) this.source += text.slice(0, used);
    this.#emit(parts);
    return used;
  }

  /** Takes what is left when nothing follows any more. */
  end(text: string, parts: ToolCallPart[]): void {
    if (!this.isStarted) this.source += text;
    this.#raw += text;
    this.#emit(parts);
  }

  #emit(parts: ToolCallPart[]): void {
    if (isArgumentsKey(this.#key) && !this.#raw.startsWith('"')) this.#takeArguments(this.#raw);
    if (this.#name === null) return;
    if (!this.isStarted) parts.push({ type: 'tool_start', name: this.#name });
    this.isStarted = true;
    if (this.status === 'closed' && !this.#hasArguments) this.#takeArguments('{}');
    if (this.#arguments !== '') parts.push({ type: 'tool_args', text: this.#arguments });
    this.#arguments = '';
  }

  #takeArguments(text: string): void {
    this.#arguments += text;
    this.#hasArguments ||= text !== '';
    this.#raw = '';
  }

  /** A raw line break cannot stand in a JSON string: from there on only the closing marker is believed. */
  #readBroken(text: string, from: number): number {
    const at = text.indexOf(CLOSE, from);
    const end = at === -1 ? Math.max(from, text.length - heldLength(text, CLOSE)) : at;
    this.#raw += text.slice(from, end);
    if (at !== -1) this.#close();
    return end;
  }

  #read(character: string): Step {
    if (this.#string !== 'outside') return this.#readInString(character);
    switch (character) {
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        if (this.#depth > 1) this.#raw += character;
        return 'next';
      case '{':
      case '[':
        return this.#readOpening(character);
      case '}':
      case ']':
        this.#depth -= 1;
        if (this.#depth > 0) this.#raw += character;
        else this.#close();
        return this.#depth > 0 ? 'next' : 'last';
      case '<':
        this.#close();
        return 'refused';
      default:
        return this.#readInValue(character);
    }
  }

  #readInString(character: string): Step {
    if (character === '\n' || character === '\r') this.#string = 'broken';
    if (this.#string === 'broken') return 'broken';
    this.#raw += character;
    if (this.#string === 'escape') this.#string = 'inside';
    else if (character === '\\') this.#string = 'escape';
    else if (character === '"') this.#string = 'outside';
    return 'next';
  }

  #readOpening(character: string): Step {
    if (this.#depth > 0) this.#raw += character;
    else if (character === '[') return this.#refuse();
    this.#depth += 1;
    return 'next';
  }

  #readInValue(character: string): Step {
    if (this.#depth === 0) return this.#refuse();
    if (this.#depth === 1 && character === ':' && this.#key === null) {
      this.#key = parseString(this.#raw);
      this.#raw = '';
    } else if (this.#depth === 1 && character === ',') this.#endMember();
    else {
      this.#raw += character;
      if (character === '"') this.#string = 'inside';
    }
    return 'next';
  }

  #refuse(): Step {
    this.status = 'not_a_call';
    return 'refused';
  }

  #close(): void {
    this.#endMember();
    this.status = this.#name === null ? 'not_a_call' : 'closed';
  }

  #endMember(): void {
    if (this.#key === 'name') this.#name ??= parseString(this.#raw);
    // Some models write the arguments as JSON inside a JSON string.
    else if (isArgumentsKey(this.#key))
      this.#takeArguments(this.#raw.startsWith('"') ? (parseString(this.#raw) ?? this.#raw) : this.#raw);
    this.#key = null;
    this.#raw = '';
  }
}

function isArgumentsKey(key: string | null): boolean {
  return key === 'arguments' || key === 'parameters';
}

function parseString(raw: string): string | null {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'string' ? value : null;
  } catch {
    // Not a string: there is no name, or no key, here.
    return null;
  }
}
