/** A vocabulary, a model without sense, and a second opinion on what meets a schema. */
import { ConstrainedAnswer, Constraints, type Promises } from '../../../src/lm/constraint/constraint.js';
import type { Vocabulary } from '../../../src/lm/constraint/token-trie.js';
import { Random } from '../../../src/lm/random.js';
import { Sampler } from '../../../src/lm/sampler.js';
import type { Json, JsonObject } from '../../../src/types.js';

const PIECES = [
  '{"',
  '":',
  '": ',
  '",',
  '", "',
  '"}',
  '}}',
  ' "',
  '[]',
  '{}',
  ', ',
  'true',
  'null',
  '<tool_call>',
  'name',
  'ab',
  '"a"',
  '日本',
  '🙂',
  '\n  ',
  '12',
  '0.5',
  '\\u00',
  '\\n',
];
const SPECIAL = ['<|im_end|>', '<|im_start|>'];

const TOKENS = [
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  // Tokens need not be whole characters.
  Uint8Array.of(0xe6, 0x97),
  Uint8Array.of(0x22, 0xf0, 0x9f),
  ...[...PIECES, ...SPECIAL].map((text) => new TextEncoder().encode(text)),
];
export const END = TOKENS.length - 2;
export const VOCABULARY: Vocabulary = {
  vocabularySize: TOKENS.length,
  bytesOf: (id) => TOKENS[id] ?? new Uint8Array(),
  specialIds: new Set([END, END + 1]),
};

export const PROMISES: Promises = {
  tools: [],
  toolChoice: 'auto',
  toolCalls: 'parallel',
  responseFormat: { type: 'text' },
};

export function jsonPromises(schema: JsonObject): Promises {
  return { ...PROMISES, responseFormat: { type: 'json_schema', schema } };
}

/** Tokens that bring a value nearer to its end: without a liking for them, random texts hardly ever end. */
const CLOSING = new Set(['"', '}', ']', '}}', '"}'].map((text) => idOf(text)));

export function idOf(text: string): number {
  return TOKENS.findIndex((bytes) => Buffer.from(bytes).equals(Buffer.from(text)));
}

/** What a model with random logits says; null where it is not done after many tokens. */
export function babble(promises: Promises, seed: number): string | null {
  const allowed = new Constraints(VOCABULARY, new Set([END])).for(promises);
  if (allowed === null) throw new Error('nothing is promised');
  const answer = new ConstrainedAnswer(allowed);
  const random = new Random(seed);
  const options = { temperature: 1, topP: 1, frequencyPenalty: 0, presencePenalty: 0, choice: 0 };
  const sampler = new Sampler({ ...options, seed });
  const said: Uint8Array[] = [];
  for (let drawn = 0; drawn < 150; drawn++) {
    const logits_V = Float32Array.from(
      TOKENS,
      (_, id) => random.gaussian() + (id === END ? 3 : CLOSING.has(id) ? 4 : 0),
    );
    const restricted_V = answer.restrict(logits_V);
    if (restricted_V.every((logit) => logit === -Infinity)) throw new Error(`no token after ${decode(said)}`);
    const { id } = sampler.sample(restricted_V);
    answer.take(id);
    if (id === END) return decode(said);
    said.push(VOCABULARY.bytesOf(id));
  }
  return null;
}

function decode(pieces: readonly Uint8Array[]): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(pieces));
}

/** Whether a value meets a schema, by the standard, for the keywords that are supported. */
export function meets(value: Json, schema: Json, root: Json = schema): boolean {
  if (typeof schema === 'boolean') return schema;
  if (!isObject(schema)) throw new Error('not a schema');
  return Object.entries(schema).every(([keyword, expected = null]) => {
    const all = Array.isArray(expected) ? (expected as readonly Json[]) : [];
    const isMet = (part: Json) => meets(value, part, root);
    switch (keyword) {
      case '$defs':
        return true;
      case '$ref':
        return isMet(
          isObject(root) && isObject(root['$defs'])
            ? (root['$defs'][typeof expected === 'string' ? expected.slice(8) : ''] ?? false)
            : false,
        );
      case 'anyOf':
      case 'oneOf':
        return all.some(isMet);
      case 'allOf':
        return all.every(isMet);
      case 'enum':
        return all.some((one) => JSON.stringify(one) === JSON.stringify(value));
      case 'const':
        return JSON.stringify(expected) === JSON.stringify(value);
      case 'type':
        return (Array.isArray(expected) ? all : [expected]).some((type) => isOfType(value, type));
      default:
        return meetsByType(value, schema, { keyword, root });
    }
  });
}

function meetsByType(value: Json, schema: JsonObject, { keyword, root }: { keyword: string; root: Json }): boolean {
  const expected = schema[keyword] ?? null;
  const limit = typeof expected === 'number' ? expected : NaN;
  if (typeof value === 'string') {
    if (keyword === 'minLength') return Array.from(value).length >= limit;
    return keyword !== 'maxLength' || Array.from(value).length <= limit;
  }
  if (typeof value === 'number') {
    if (keyword === 'minimum') return value >= limit;
    if (keyword === 'maximum') return value <= limit;
    if (keyword === 'exclusiveMinimum') return value > limit;
    return keyword !== 'exclusiveMaximum' || value < limit;
  }
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    const prefix = Array.isArray(schema['prefixItems']) ? (schema['prefixItems'] as readonly Json[]) : [];
    if (keyword === 'minItems') return items.length >= limit;
    if (keyword === 'maxItems') return items.length <= limit;
    if (keyword === 'prefixItems')
      return prefix.every((part, at) => meets(items[at] ?? null, part, root) || at >= items.length);
    return keyword !== 'items' || items.slice(prefix.length).every((item) => meets(item, expected, root));
  }
  if (!isObject(value)) return true;
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const isNamed = (name: string) => Object.hasOwn(properties, name);
  const members = Object.entries(value);
  if (keyword === 'required') return (expected as readonly string[]).every((name) => Object.hasOwn(value, name));
  if (keyword === 'properties')
    return members.every(([name, member = null]) => !isNamed(name) || meets(member, properties[name] ?? true, root));
  if (keyword === 'additionalProperties')
    return members.every(([name, member = null]) => isNamed(name) || meets(member, expected, root));
  return true;
}

function isOfType(value: Json, type: Json): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  return type === 'object' ? isObject(value) : typeof value === type;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
