/** From messages to prompt ids, through the Jinja chat template of the model's folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { PurpgateError } from '../errors.js';
import type { Message, Tool, ToolCall } from '../types.js';
import { readJson, tokenText, type Tokenizer } from './tokenizer.js';

interface RenderOptions {
  readonly tools: readonly Tool[];
  /** Whether the prompt ends where the assistant's turn begins. */
  readonly addGenerationPrompt: boolean;
}

export interface ChatTemplate {
  /** Reasoning of earlier turns is never rendered. @throws PurpgateError `invalid_request` when the template refuses the messages. */
  render(messages: readonly Message[], options: RenderOptions): string;
  readonly supportsTools: boolean;
}

/** @throws PurpgateError `model_unusable` when the folder has no chat template, or one that does not parse. */
export async function loadChatTemplate(folder: string): Promise<ChatTemplate> {
  const config = (await readJson(folder, 'tokenizer_config.json')) ?? {};
  const source = (await readTemplateFile(folder)) ?? templateOf(config['chat_template']);
  if (source === null) throw new PurpgateError('model_unusable', { message: `${folder} has no chat template` });
  const globals = { bos_token: tokenText(config['bos_token']), eos_token: tokenText(config['eos_token']) };
  try {
    return createChatTemplate(source, globals);
  } catch (thrown) {
    throw new PurpgateError('model_unusable', {
      message: `the chat template of ${folder} does not parse`,
      cause: thrown,
    });
  }
}

interface ChatCodec {
  readonly template: ChatTemplate;
  readonly tokenizer: Tokenizer;
}

/**
 * Stands inside the name of a special token that somebody wrote into a message, and is cut out again before encoding. Unicode reserves
 * this noncharacter for such internal use; where a message holds it, it is lost.
 */
const BREAK = '\uFFFE';

/**
 * The one way from messages to prompt ids, for serving, training and evaluation alike. A special-token name inside the text of a
 * message or a tool is encoded as ordinary text, so that no text can end its turn and forge another.
 * @throws PurpgateError `invalid_request` when the template refuses the messages.
 */
export function encodeChat(
  { template, tokenizer }: ChatCodec,
  messages: readonly Message[],
  options: RenderOptions,
): number[] {
  const broken = (text: string) => breakNames(text, tokenizer.specialTokens);
  const rendered = template.render(mapStrings(messages, broken), {
    ...options,
    tools: mapStrings(options.tools, broken),
  });
  return encodeBroken(tokenizer, rendered);
}

/** Ids of a text that others wrote. `names`: what in it is ordinary text although it is the name of a token. */
export function encodeText(tokenizer: Tokenizer, text: string, names: readonly string[]): number[] {
  return encodeBroken(tokenizer, breakNames(text, names));
}

function breakNames(text: string, names: readonly string[]): string {
  return names.reduce((safe, name) => safe.replaceAll(name, name.slice(0, 1) + BREAK + name.slice(1)), text);
}

function encodeBroken(tokenizer: Tokenizer, text: string): number[] {
  return text.split(BREAK).flatMap((piece) => tokenizer.encode(piece));
}

/** A copy of a JSON-like value with `change` applied to every string in it, names of fields too. */
function mapStrings<Value>(value: Value, change: (text: string) => string): Value {
  const visit = (part: unknown): unknown => {
    if (typeof part === 'string') return change(part);
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, field]) => [change(name), visit(field)]));
  };
  // The copy has the shape of the original: only texts inside it changed.
  return visit(value) as Value;
}

function createChatTemplate(source: string, globals: Record<string, string | null>): ChatTemplate {
  const template = new Template(source);
  const supportsTools = /\btools\b/.test(source);
  return {
    supportsTools,
    render(messages, { tools, addGenerationPrompt }) {
      try {
        return template.render({
          ...globals,
          messages: messages.map(templateMessage),
          ...(tools.length > 0 ? { tools: tools.map(templateTool) } : {}),
          add_generation_prompt: addGenerationPrompt,
        });
      } catch (thrown) {
        // Templates raise what they do not take, such as roles that do not alternate.
        throw new PurpgateError('invalid_request', {
          publicMessage: 'The model cannot take this sequence of messages.',
          message: `the chat template failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
          param: 'messages',
          cause: thrown,
        });
      }
    },
  };
}

function templateMessage(message: Message): Record<string, unknown> {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.content };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content,
        ...(message.toolCalls.length > 0 ? { tool_calls: message.toolCalls.map(templateToolCall) } : {}),
      };
    case 'tool':
      return { role: 'tool', content: message.content, tool_call_id: message.toolCallId };
  }
}

/** Templates print arguments with `tojson`, so an object must be given; text that is no JSON is all there is to print. */
function templateToolCall({ id, name, arguments: text }: ToolCall): Record<string, unknown> {
  let given: unknown = text;
  try {
    given = JSON.parse(text);
  } catch {
    // A call that was cut short stays in the conversation as the text it is.
  }
  return { id, type: 'function', function: { name, arguments: given } };
}

function templateTool(tool: Tool): Record<string, unknown> {
  return { type: 'function', function: tool };
}

async function readTemplateFile(folder: string): Promise<string | null> {
  try {
    return await readFile(join(folder, 'chat_template.jinja'), 'utf8');
  } catch {
    // Older folders keep the template in tokenizer_config.json only; one without any is refused by the caller.
    return null;
  }
}

/** `chat_template` is a text, or a list of named ones of which `default` is meant. */
function templateOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const named: unknown = value.find((entry: unknown) => isNamed(entry) && entry.name === 'default');
  return isNamed(named) ? named.template : null;
}

function isNamed(value: unknown): value is { name: string; template: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'template' in value &&
    typeof value.template === 'string'
  );
}
