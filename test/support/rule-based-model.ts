/**
 * A model made of rules, as the answer of a scripted upstream. It does what a capable model does with what it is asked: it calls tools that the prompt
 * speaks of, fills schemas, repeats what it is told to repeat, thinks when it is told to think, and stops where it must.
 */
import type { Delta, FinishReason, Json, JsonObject, TokenLogprob } from '../../src/types.js';
import { steps, toolDeltas, type Script } from './scripted-upstream.js';

const SENTENCE = 'This is a short answer, and it is the same whenever the same thing is asked.';
const LOGPROB = -0.25;

interface Answer {
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
}

/** How many prompts a server keeps in its cache. */
const CACHED_PROMPTS = 32;

/** A server that keeps what it has read, and counts what it had read before. */
export function cachingModel(): (request: { readonly body: JsonObject }) => Script {
  const seen: string[][] = [];
  return ({ body }) => {
    const prompt = tokensOf(JSON.stringify(body['messages'] ?? ''));
    const cached = Math.max(0, ...seen.map((earlier) => sharedPrefix(earlier, prompt)));
    seen.push(prompt);
    if (seen.length > CACHED_PROMPTS) seen.shift();
    return ruleBasedModel({ body }, cached);
  };
}

function sharedPrefix(left: readonly string[], right: readonly string[]): number {
  const end = left.findIndex((token, index) => token !== right[index]);
  return end < 0 ? left.length : end;
}

/** What the upstream answers to a body of `POST /chat/completions`. */
export function ruleBasedModel({ body }: { readonly body: JsonObject }, cachedTokens?: number): Script {
  const answer = answerOf(body);
  const choices = Array.from({ length: numberOf(body['n']) ?? 1 }, (_, choice) => write(answer, body, choice));
  const usage: Delta = {
    type: 'usage',
    usage: {
      promptTokens: tokensOf(JSON.stringify(body['messages'] ?? '')).length,
      completionTokens: choices.reduce((sum, { tokens }) => sum + tokens, 0),
      reasoningTokens: choices.length * tokensOf(answer.reasoning).length,
      ...(cachedTokens !== undefined && { cachedTokens }),
    },
  };
  return { steps: steps([...choices.flatMap(({ deltas }) => deltas), usage]) };
}

function answerOf(body: JsonObject): Answer {
  const messages = objectsOf(body['messages']);
  const last = messages.at(-1) ?? {};
  const prompt = textOf(last);
  const thinks = body['reasoning_effort'] !== 'none' && /\bthink\b|step by step/i.test(prompt);
  const reasoning = thinks ? 'First the question is read, then it is answered.' : '';
  const calls = last['role'] === 'tool' ? [] : callsOf(body, prompt);
  if (calls.length > 0) return { reasoning, text: '', calls };
  return { reasoning, text: plainText(body, prompt), calls: [] };
}

function plainText(body: JsonObject, prompt: string): string {
  const format = objectOf(body['response_format']);
  if (format['type'] === 'json_schema')
    return JSON.stringify(instanceOf(objectOf(objectOf(format['json_schema'])['schema']), prompt, ''));
  if (format['type'] === 'json_object') return JSON.stringify({ answer: SENTENCE });
  const sum = /(\d+) \+ (\d+)/.exec(prompt);
  if (sum !== null) return String(Number(sum[1]) + Number(sum[2]));
  return dictated(systemText(body)) ?? dictated(prompt) ?? SENTENCE;
}

/** What an instruction says that the answer is to be, word for word. */
function dictated(instruction: string): string | null {
  const quoted = /\b(?:reply|answer) with exactly[^"]*"([^"]+)"/i.exec(instruction)?.[1];
  return quoted ?? /\b(?:repeat|say|reply|answer)\b[^:]*\bexactly\b[^:]*:\s*(.+)/is.exec(instruction)?.[1] ?? null;
}

function systemText(body: JsonObject): string {
  const system = objectsOf(body['messages']).filter(({ role }) => role === 'system' || role === 'developer');
  return system.map(textOf).join('\n');
}

/** Tools that the prompt speaks of; at least one where a call is required. */
function callsOf(body: JsonObject, prompt: string): Answer['calls'] {
  const choice = body['tool_choice'] ?? 'auto';
  if (choice === 'none') return [];
  const tools = objectsOf(body['tools'])
    .map((tool) => objectOf(tool['function']))
    .map(({ name, parameters }) => ({ name: stringOf(name), parameters: objectOf(parameters) }));
  const named = typeof choice === 'string' ? null : objectOf(objectOf(choice)['function'])['name'];
  const meant = tools.filter(({ name }) => (named === null ? isSpokenOf(name, prompt) : name === named));
  const called = meant.length === 0 && choice === 'required' ? tools.slice(0, 1) : meant;
  return (body['parallel_tool_calls'] === false ? called.slice(0, 1) : called).map(({ name, parameters }) => ({
    name,
    arguments: JSON.stringify(instanceOf(parameters, prompt, '')),
  }));
}

function isSpokenOf(name: string, prompt: string): boolean {
  const words = name.split(/[^a-zA-Z]+/).filter((word) => word.length > 3);
  return words.some((word) => prompt.toLowerCase().includes(word.toLowerCase()));
}

/** A value that satisfies the schema, with what the prompt says of the property where it says something. */
function instanceOf(schema: JsonObject, prompt: string, property: string): Json {
  if (isList(schema['enum'])) return schema['enum'][0] ?? null;
  if (schema['const'] !== undefined) return schema['const'];
  const union = objectsOf(schema['anyOf'] ?? schema['oneOf'])[0];
  if (union !== undefined) return instanceOf(union, prompt, property);
  const type = isList(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'string':
      return spokenValue(prompt, property);
    case 'integer':
    case 'number':
      return Number(/\d+/.exec(prompt)?.[0] ?? 7);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return [instanceOf(objectOf(schema['items']), prompt, property)];
    default:
      return Object.fromEntries(
        Object.entries(objectOf(schema['properties'])).map(([name, part]) => [
          name,
          instanceOf(objectOf(part), prompt, name),
        ]),
      );
  }
}

function spokenValue(prompt: string, property: string): string {
  const exact = new RegExp(`\\b${property} exactly:\\s*(.+)`, 'is').exec(prompt)?.[1];
  const word = new RegExp(`\\b${property}:? ([\\w./-]+)`, 'i').exec(prompt)?.[1];
  const name = /(?<=\s)\p{Lu}\p{L}+/u.exec(prompt)?.[0];
  return exact ?? word ?? name ?? 'example';
}

interface Written {
  readonly deltas: readonly Delta[];
  readonly tokens: number;
}

/** One choice, cut at the stop sequence and at the limit of tokens. */
function write(answer: Answer, body: JsonObject, choice: number): Written {
  const limit = numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens']) ?? Infinity;
  const stops = [body['stop'] ?? []].flat().map(String);
  const ends = stops.map((stop) => answer.text.indexOf(stop)).filter((at) => at >= 0);
  const end = Math.min(answer.text.length, ...ends);
  const reasoning = tokensOf(answer.reasoning).slice(0, limit);
  const text = tokensOf(answer.text.slice(0, end)).slice(0, limit - reasoning.length);
  const calls = answer.calls.flatMap((call, index) => toolDeltas({ index, ...call }, { choice, size: 7 }));
  const tokens = reasoning.length + text.length + calls.length;
  const reason: FinishReason = calls.length > 0 ? 'tool_calls' : tokens >= limit ? 'length' : 'stop';
  return {
    tokens,
    deltas: [
      ...reasoning.map((token): Delta => ({ type: 'reasoning', choice, text: token })),
      ...text.map(
        (token): Delta => ({
          type: 'text',
          choice,
          text: token,
          ...(body['logprobs'] === true && { logprobs: [logprobOf(token)] }),
        }),
      ),
      ...calls,
      { type: 'finish', choice, reason, ...stopSequence(stops, answer.text.slice(end), reason) },
    ],
  };
}

/** The stop string that stands where the text was cut. */
function stopSequence(stops: readonly string[], rest: string, reason: FinishReason): { stopSequence?: string } {
  const stop = reason === 'stop' ? stops.find((one) => one !== '' && rest.startsWith(one)) : undefined;
  return stop === undefined ? {} : { stopSequence: stop };
}

function logprobOf(token: string): TokenLogprob {
  return { token, bytes: [...Buffer.from(token)], logprob: LOGPROB, alternatives: [] };
}

/** Words, each with the space in front of it. */
function tokensOf(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

function textOf(message: JsonObject): string {
  const { content } = message;
  if (typeof content === 'string') return content;
  return objectsOf(content)
    .map((part) => stringOf(part['text']))
    .join('\n');
}

function objectsOf(value: Json | undefined): JsonObject[] {
  return isList(value) ? value.map(objectOf) : [];
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {};
}

/** `Array.isArray` does not tell a read-only array from an object. */
function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function stringOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
