import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PurpgateError } from '../../../src/errors.js';
import { Automaton, type State } from '../../../src/lm/constraint/automaton.js';
import { OBJECT, VALUE } from '../../../src/lm/constraint/json-grammar.js';
import { schemaGrammar } from '../../../src/lm/constraint/schema.js';
import type { Json, JsonObject } from '../../../src/types.js';
import { babble, isObject, jsonPromises, meets } from './support.js';

const NAMES = ['a', 'ab', 'b', 'é', 'x"y', '', '__proto__', 'toString'];

const name = fc.constantFrom(...NAMES);
const bound = fc.oneof(fc.integer({ min: -1200, max: 1200 }), fc.constantFrom(0.5, -0.25, 99.99, 1e15, -1e20, 3e-7));
const range = fc.record(
  { minimum: bound, maximum: bound, exclusiveMinimum: bound, exclusiveMaximum: bound },
  { requiredKeys: [] },
);
const lengths = (least: string, most: string) =>
  fc.record({ [least]: fc.nat(3), [most]: fc.integer({ min: 2, max: 5 }) }, { requiredKeys: [] });
const constant = fc.constantFrom<Json[]>('a', 'b', 1, -2.5, null, true, { a: [1] }, ['x'], 'é"\\');
const typeName = fc.constantFrom('object', 'array', 'string', 'number', 'integer', 'boolean', 'null');

const { schema } = fc.letrec<{ schema: Json; leaf: Json; object: JsonObject; array: Json }>((tie) => ({
  leaf: fc.oneof(
    lengths('minLength', 'maxLength').map((rest) => ({ type: 'string', format: 'email', ...rest })),
    fc.tuple(fc.constantFrom('integer', 'number'), range).map(([type, rest]) => ({ type, ...rest })),
    typeName.map((type) => ({ type })),
    fc.uniqueArray(typeName, { minLength: 1, maxLength: 3 }).map((type) => ({ type, title: 'some types' })),
    fc.array(constant, { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
    constant.map((value) => ({ const: value })),
    fc.constantFrom<Json[]>(true, {}, { $ref: '#/$defs/tree' }),
  ),
  object: fc
    .record(
      {
        properties: fc.dictionary(name, tie('schema'), { maxKeys: 3 }),
        required: fc.uniqueArray(name, { maxLength: 2 }),
        additionalProperties: fc.oneof(fc.boolean(), tie('leaf')),
      },
      { requiredKeys: [] },
    )
    .map((rest) => ({ type: 'object', ...rest })),
  array: fc
    .tuple(
      lengths('minItems', 'maxItems'),
      fc.record({ items: tie('schema'), prefixItems: fc.array(tie('leaf'), { maxLength: 2 }) }, { requiredKeys: [] }),
    )
    .map(([counts, rest]) => ({ type: 'array', ...counts, ...rest })),
  schema: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    tie('object'),
    tie('array'),
    fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((anyOf) => ({ anyOf })),
    fc.array(tie('leaf'), { minLength: 1, maxLength: 2 }).map((oneOf) => ({ oneOf, description: 'one' })),
    fc.array(tie('object'), { minLength: 1, maxLength: 2 }).map((allOf) => ({ allOf })),
    fc.tuple(tie('object'), tie('object')).map(([object, other]) => ({ ...object, anyOf: [other, {}] })),
  ),
}));

const $defs = {
  tree: {
    type: 'object',
    properties: { left: { $ref: '#/$defs/tree' }, label: { type: 'string', maxLength: 3 } },
    required: ['label'],
    additionalProperties: false,
  },
};

function read(automaton: Automaton, text: string): State | null {
  let state = automaton.start;
  for (const byte of Buffer.from(text)) state = state === null ? null : automaton.step(state, byte);
  return state;
}

function accepts(of: JsonObject, text: string): boolean {
  return read(new Automaton(schemaGrammar(of, { unknownKeywords: 'refuse' })), text)?.isComplete === true;
}

describe('schemaGrammar', () => {
  test('lets a model without sense say nothing but JSON that meets the schema', () => {
    let finished = 0;
    fc.assert(
      fc.property(schema, fc.nat(), (inner, seed) => {
        const whole: JsonObject = { ...(isObject(inner) ? inner : {}), $defs };
        let text: string | null = null;
        try {
          text = babble(jsonPromises(whole), seed);
        } catch (thrown) {
          // Schemas that nothing meets, and what cannot be merged.
          if (!(thrown instanceof PurpgateError) || thrown.code !== 'unsupported_parameter') throw thrown;
          assert.match(thrown.publicMessage, /No value meets|beside enum|different values/);
        }
        if (text === null) return;
        finished += 1;
        assert.ok(meets(JSON.parse(text) as Json, whole), text);
      }),
      { numRuns: 80 },
    );
    assert.ok(finished > 30, `only ${finished} answers came to their end`);
  });

  test('keeps a constant null when schemas are merged', () => {
    assert.ok(!accepts({ allOf: [{ const: null }, { type: 'object' }] }, '{}'));
    assert.ok(accepts({ allOf: [{ type: ['null', 'object'] }, { const: null }] }, 'null'));
    assert.ok(!accepts({ allOf: [{ type: ['null', 'object'] }, { const: null }] }, '{}'));
  });

  test('reads every JSON text, plain or indented, and no beginning of an object as the whole', () => {
    const automaton = new Automaton(VALUE);
    const values = fc.jsonValue({ noUnicodeString: false, maxDepth: 3 });
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        // Numbers of more digits, and longer exponents, are left out of the grammar.
        if (/e[+-]\d{3}|\d{19}/.test(text)) return;
        assert.equal(read(automaton, text)?.isComplete, true, text);
        if (text.startsWith('{')) assert.equal(read(automaton, text.slice(0, -1))?.isComplete, false);
      }),
      { numRuns: 50 },
    );
  });

  test('refuses whatever JSON.parse refuses', () => {
    const automaton = new Automaton(VALUE);
    const texts = fc
      .array(
        fc.constantFrom(...Array.from('{}[]",:\\0129.eE+-utrfalsn '), 'true', 'null', '"a"', '\n', 'é', '\t', '\u0000'),
        {
          maxLength: 8,
        },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        if (read(automaton, text)?.isComplete === true) assert.doesNotThrow(() => JSON.parse(text) as unknown, text);
      }),
      { numRuns: 1000 },
    );
  });

  test('lets members come in the order of the schema only, the further ones last', () => {
    const of = { properties: { a: { type: 'integer' }, b: {} }, required: ['b'] };
    assert.ok(accepts(of, '{"a": 1, "b": []}'));
    assert.ok(accepts(of, '{"b":0,"c":{"b": 1}}'));
    for (const text of ['{"b": [], "a": 1}', '{"a":1}', '{}', '{"b":1,"b":2}', '{"b":1,"a":"x"}', '{"b":1,}'])
      assert.ok(!accepts(of, text), text);
  });

  test('follows references, also to itself', () => {
    const of = { type: 'array', items: { $ref: '#' }, maxItems: 2 };
    assert.ok(accepts(of, '[[],[[]]]'));
    assert.ok(!accepts(of, '[1]'));
    const same = { $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' };
    assert.throws(() => babble(jsonPromises(same), 1), { code: 'unsupported_parameter' });
    const endless = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] };
    assert.throws(() => babble(jsonPromises(endless), 1), { code: 'unsupported_parameter' });
  });

  test('keeps numbers within their bounds to the last digit', () => {
    const within = (least: number, most: number, text: string) =>
      accepts({ type: 'integer', minimum: least, maximum: most }, text);
    for (let value = -130; value <= 130; value++)
      assert.equal(within(-105, 98, String(value)), value >= -105 && value <= 98, String(value));
    assert.ok(within(-9007199254740991, 9007199254740991, '9007199254740991'));
    assert.ok(!within(-9007199254740991, 9007199254740991, '9007199254740992'));
    const probability = { type: 'number', exclusiveMinimum: 0, maximum: 1 };
    for (const text of ['1', '0.5', '1.0', '0.0001', '0.97']) assert.ok(accepts(probability, text), text);
    for (const text of ['0', '0.0', '-0', '1.01', '1.', '2', '00.5']) assert.ok(!accepts(probability, text), text);
  });

  test('refuses what it cannot keep, and says where', () => {
    const cases: [JsonObject, RegExp][] = [
      [{ properties: { a: { type: 'string', pattern: 'x' } } }, /#\/properties\/a\/pattern/],
      [{ type: 'array', items: { not: {} } }, /#\/items\/not/],
      [{ allOf: [{ minLength: 1 }, { uniqueItems: true }] }, /#\/allOf\/1\/uniqueItems/],
      [{ $ref: 'https://example.com/x' }, /#\/\$ref/],
      [{ $ref: '#/$defs/none' }, /#\/\$ref/],
      [{ type: 'text' }, /#\/type/],
      [{ type: 'string', maxLength: -1 }, /#\/maxLength/],
      [{ items: [{}] }, /#\/items/],
    ];
    for (const [of, message] of cases)
      assert.throws(
        () => schemaGrammar(of, { unknownKeywords: 'refuse' }),
        (thrown) =>
          thrown instanceof PurpgateError &&
          thrown.code === 'unsupported_parameter' &&
          thrown.param === 'response_format' &&
          message.test(thrown.publicMessage),
        JSON.stringify(of),
      );
  });

  test('refuses schemas that would take too much, in time', () => {
    let nested: JsonObject = { type: 'string' };
    for (let depth = 0; depth < 200; depth++) nested = { type: 'array', items: nested };
    const doubling = { anyOf: Array.from({ length: 300 }, () => ({})), type: 'object' };
    const growing = { allOf: [{ $ref: '#' }, { type: 'object' }] };
    for (const of of [nested, doubling, growing])
      assert.throws(() => schemaGrammar(of, { unknownKeywords: 'refuse' }), { code: 'unsupported_parameter' });
  });

  test('allows no blank without bound', () => {
    const automaton = new Automaton(OBJECT);
    assert.equal(read(automaton, `{\n${' '.repeat(100)}`), null);
    assert.equal(read(automaton, '{  '), null);
    assert.notEqual(read(automaton, '{\n    "a": 1\n}'), null);
  });
});
