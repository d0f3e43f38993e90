/** Tools of a Responses request: what the model is offered, and under which name. */
import type { JsonObject, Tool, ToolChoice } from '../../types.js';
import { invalid, parsedJson, required, unsupported } from '../fields.js';
import type { ResponsesRequest, ResponsesTool } from '../wire.js';

/** A tool as the client knows it. */
export interface ClientTool {
  /** The input of a custom tool is text, not JSON. */
  readonly kind: 'function' | 'custom';
  readonly name: string;
  readonly namespace: string | null;
}

interface OfferedTool extends ClientTool {
  /** As the model knows it: its name, or a unique one made of namespace and name. */
  readonly tool: Tool;
}

interface ToolReference {
  readonly type: string;
  readonly name?: string | undefined;
  readonly namespace?: string | null | undefined;
}

/** Upstreams refuse longer names of functions. */
const NAME_LENGTH = 64;

/** Codex sends it always; it would run on the server, where there is no such tool. */
const isWebSearch = (type: string): boolean => type.startsWith('web_search');

/** The client's tools by both of their names. */
export class ToolNames {
  private readonly byModelName: ReadonlyMap<string, OfferedTool>;
  private readonly byClientName: ReadonlyMap<string, OfferedTool>;

  constructor(readonly offered: readonly OfferedTool[]) {
    this.byModelName = new Map(offered.map((one) => [one.tool.name, one]));
    this.byClientName = new Map(offered.map((one) => [clientKey(one.name, one.namespace), one]));
  }

  /** A name that was not offered is a function of its own. */
  toClient(modelName: string): ClientTool {
    return this.byModelName.get(modelName) ?? { kind: 'function', name: modelName, namespace: null };
  }

  /** Also for a tool that an earlier request offered. */
  toModel(name: string, namespace: string | null): string {
    return this.byClientName.get(clientKey(name, namespace))?.tool.name ?? joinName(name, namespace);
  }

  find({ name, namespace }: ToolReference): OfferedTool | undefined {
    if (typeof namespace === 'string') return this.byClientName.get(clientKey(name ?? '', namespace));
    return this.offered.find((one) => one.name === name);
  }
}

function clientKey(name: string, namespace: string | null): string {
  return JSON.stringify([namespace, name]);
}

function joinName(name: string, namespace: string | null): string {
  if (namespace === null) return name;
  return (namespace.endsWith('__') ? `${namespace}${name}` : `${namespace}__${name}`).slice(0, NAME_LENGTH);
}

/** @throws PurpgateError `unsupported_parameter` for tools that would run on the server, `invalid_request` for one without a name. */
export function parseTools(tools: readonly ResponsesTool[]): ToolNames {
  const plain: OfferedTool[] = [];
  const nested: { readonly tool: ResponsesTool; readonly namespace: string; readonly param: string }[] = [];
  tools.forEach((tool, index) => {
    const param = `tools[${index}]`;
    if (tool.type === 'namespace') {
      const namespace = nameOf(tool, param);
      (tool.tools ?? []).forEach((inner, place) =>
        nested.push({ tool: inner, namespace, param: `${param}.tools[${place}]` }),
      );
    } else if (!isWebSearch(tool.type)) {
      const name = nameOf(tool, param);
      plain.push(offer(tool, { namespace: null, modelName: name, param }));
    }
  });
  const taken = new Set(plain.map((one) => one.name));
  const flattened = nested.map(({ tool, namespace, param }) => {
    const modelName = uniqueName(joinName(nameOf(tool, param), namespace), taken);
    taken.add(modelName);
    return offer(tool, { namespace, modelName, param });
  });
  return new ToolNames([...plain, ...flattened]);
}

function nameOf(tool: ResponsesTool, param: string): string {
  if (!['function', 'custom', 'namespace'].includes(tool.type))
    throw unsupported(`${param}.type`, 'only function, custom, namespace and web_search are supported');
  return required(tool.name, `${param}.name`);
}

function uniqueName(name: string, taken: ReadonlySet<string>): string {
  let unique = name;
  for (let count = 2; taken.has(unique); count += 1)
    unique = `${name.slice(0, NAME_LENGTH - `_${count}`.length)}_${count}`;
  return unique;
}

interface Placement {
  readonly namespace: string | null;
  readonly modelName: string;
  readonly param: string;
}

function offer(tool: ResponsesTool, { namespace, modelName, param }: Placement): OfferedTool {
  if (tool.type === 'namespace')
    throw unsupported(`${param}.type`, 'a namespace holds only functions and custom tools');
  const kind = tool.type === 'custom' ? 'custom' : 'function';
  const parameters = kind === 'custom' ? textParameters(tool.format) : tool.parameters;
  return {
    kind,
    name: tool.name ?? modelName,
    namespace,
    tool: {
      name: modelName,
      ...(typeof tool.description === 'string' && { description: tool.description }),
      ...(typeof parameters === 'object' && parameters !== null && { parameters: parsedJson(parameters) }),
    },
  };
}

/** Every model knows functions, and a function with one string is what a tool with text input is. */
function textParameters(format: ResponsesTool['format']): JsonObject {
  const { syntax, definition } = parsedJson(format ?? {});
  const grammar =
    typeof definition === 'string'
      ? ` It follows this ${typeof syntax === 'string' ? syntax : ''} grammar:\n${definition}`
      : '';
  return {
    type: 'object',
    properties: { input: { type: 'string', description: `The whole input of the tool, as text.${grammar}` } },
    required: ['input'],
    additionalProperties: false,
  };
}

/** The text that the model gave a custom tool; what it wrote, where that is not the function call it was to write. */
export function customInput(callArguments: string): string {
  try {
    const parsed: unknown = JSON.parse(callArguments);
    if (typeof parsed === 'object' && parsed !== null && 'input' in parsed && typeof parsed.input === 'string')
      return parsed.input;
  } catch {
    // Cut short, or no JSON at all.
  }
  return callArguments;
}

interface ChosenTools {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
}

export function chooseTools(choice: ResponsesRequest['tool_choice'], names: ToolNames): ChosenTools {
  const tools = names.offered.map(({ tool }) => tool);
  if (choice === undefined || choice === null) return { tools, toolChoice: tools.length > 0 ? 'auto' : 'none' };
  if (choice === 'auto' || choice === 'none') return { tools, toolChoice: choice };
  if (choice === 'required') return { tools, toolChoice: requireSome(tools) };
  if (choice.type === 'allowed_tools') {
    const allowed = (choice.tools ?? [])
      .filter(({ type }) => !isWebSearch(type))
      .map((reference, index) => chosen(reference, `tool_choice.tools[${index}]`, names));
    return { tools: allowed, toolChoice: choice.mode === 'required' ? requireSome(allowed) : 'auto' };
  }
  return { tools, toolChoice: { name: chosen(choice, 'tool_choice', names).name } };
}

function requireSome(tools: readonly Tool[]): 'required' {
  if (tools.length === 0) throw invalid('tool_choice', 'cannot be required when there are no tools');
  return 'required';
}

function chosen(reference: ToolReference, param: string, names: ToolNames): Tool {
  if (reference.type !== 'function' && reference.type !== 'custom')
    throw unsupported(`${param}.type`, 'only function and custom are supported');
  const found = names.find(reference);
  if (found === undefined) throw invalid(`${param}.name`, 'names no tool of this request');
  return found.tool;
}
