import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Constraints, ConstrainedAnswer, type Promises } from '../../../src/lm/constraint/constraint.js';
import { ToolCallParser } from '../../../src/lm/tool-call-parser.js';
import type { Tool } from '../../../src/types.js';
import { babble, END, idOf, jsonPromises, PROMISES, VOCABULARY } from './support.js';

const TOOLS: readonly Tool[] = [
  { name: 'ls' },
  {
    name: 'read "it"',
    parameters: {
      type: 'object',
      properties: { path: { enum: ['a', 'b'] } },
      required: ['path'],
      additionalProperties: false,
    },
  },
];

function answerTo(promises: Promises): ConstrainedAnswer {
  const allowed = new Constraints(VOCABULARY, new Set([END])).for(promises);
  assert.ok(allowed !== null);
  return new ConstrainedAnswer(allowed);
}

/** Ids that are possible, after some text. */
function possible(answer: ConstrainedAnswer, text = ''): number[] {
  for (const byte of Buffer.from(text)) answer.take(byte);
  const restricted_V = answer.restrict(new Float32Array(VOCABULARY.vocabularySize + 5));
  return [...restricted_V.keys()].filter((id) => restricted_V[id] !== -Infinity);
}

function callsIn(text: string): { name: string; arguments: string }[] {
  const parser = new ToolCallParser();
  const calls: { name: string; arguments: string }[] = [];
  for (const part of [...parser.push(text), ...parser.end()]) {
    assert.notEqual(part.type, 'text', text);
    if (part.type === 'tool_start') calls.push({ name: part.name, arguments: '' });
    const last = calls.at(-1);
    if (part.type === 'tool_args' && last !== undefined) last.arguments += part.text;
  }
  return calls;
}

/** Some answers, of which at least one is complete. */
function answers(promises: Promises): string[] {
  const all = Array.from({ length: 12 }, (_, seed) => babble(promises, seed)).filter((text) => text !== null);
  assert.ok(all.length > 0);
  return all;
}

describe('Constraints', () => {
  test('leave a request alone that promises nothing', () => {
    const constraints = new Constraints(VOCABULARY, new Set([END]));
    for (const promises of [
      PROMISES,
      { ...PROMISES, tools: TOOLS },
      { ...PROMISES, tools: TOOLS, toolChoice: 'none' as const },
    ])
      assert.equal(constraints.for(promises), null);
  });

  test('allow a token exactly where all its bytes may come, and the end exactly where the value is complete', () => {
    const schema = {
      type: 'object',
      properties: { ab: { type: 'boolean' } },
      required: ['ab'],
      additionalProperties: false,
    };
    const tokens = (...texts: string[]) => texts.map(idOf).sort((a, b) => a - b);
    assert.deepEqual(possible(answerTo(jsonPromises(schema))), tokens('{', '{"'));
    assert.deepEqual(possible(answerTo(jsonPromises(schema)), '{"ab":'), tokens(' ', 't', 'f', 'true'));
    assert.deepEqual(possible(answerTo(jsonPromises(schema)), '{"ab":true'), tokens(' ', '\n', '}', '\n  '));
    assert.deepEqual(possible(answerTo(jsonPromises(schema)), '{"ab":true}'), [END]);
    assert.ok(possible(answerTo(jsonPromises({ type: 'integer' })), '1').includes(END));
  });

  test('allow parts of characters, and special tokens nowhere', () => {
    const answer = answerTo(jsonPromises({ type: 'string' }));
    const ids = possible(answer, '"');
    for (const id of [0xe6, idOf('日本'), idOf('🙂'), 256, idOf('"'), idOf('<tool_call>')])
      assert.ok(ids.includes(id), String(id));
    for (const id of [END, END + 1, 0xff, 0x0a, 0x80, 257]) assert.ok(!ids.includes(id), String(id));
    answer.take(256);
    const continued = possible(answer);
    assert.deepEqual(
      continued,
      Array.from({ length: 64 }, (_, tail) => 0x80 + tail),
    );
  });

  test('count the characters of a string, however they are spelt', () => {
    const of = jsonPromises({ type: 'string', minLength: 2, maxLength: 2 });
    assert.ok(!possible(answerTo(of), '"é').includes(idOf('"')));
    for (const text of ['"é🙂', '"\\n\\u00e9', '"\\ud83d\\ude00a'])
      assert.deepEqual(possible(answerTo(of), text), [idOf('"')], text);
  });

  test('make the model call a tool where it must, with the arguments of that tool', () => {
    for (const text of answers({ ...PROMISES, tools: TOOLS, toolChoice: 'required' })) {
      const calls = callsIn(text);
      assert.ok(calls.length > 0);
      for (const call of calls)
        if (call.name === 'ls') assert.equal(call.arguments, '{}');
        else assert.match(JSON.stringify(JSON.parse(call.arguments)), /^\{"path":"[ab]"\}$/);
    }
  });

  test('make it call the tool that is named, once, and one tool where calls are to be single', () => {
    for (const text of answers({ ...PROMISES, tools: TOOLS, toolChoice: { name: 'read "it"' } }))
      assert.deepEqual(
        callsIn(text).map(({ name }) => name),
        ['read "it"'],
      );
    for (const text of answers({ ...PROMISES, tools: TOOLS, toolChoice: 'required', toolCalls: 'single' }))
      assert.equal(callsIn(text).length, 1);
  });

  test('leave the choice between tools and JSON where a tool may be called', () => {
    const answer = answerTo({ ...jsonPromises({ type: 'object' }), tools: TOOLS });
    assert.deepEqual(
      possible(answer),
      ['{', '{"', '{}', '<', '<tool_call>'].map(idOf).sort((a, b) => a - b),
    );
  });

  test('take what is beyond the subset for a note in the parameters of a tool', () => {
    const parameters = {
      type: 'object',
      properties: { a: { type: 'string', pattern: '^x' } },
      required: ['a'],
      additionalProperties: false,
    };
    for (const text of answers({
      ...PROMISES,
      tools: [{ name: 'f', parameters }],
      toolChoice: 'required',
      toolCalls: 'single',
    }))
      assert.deepEqual(Object.keys(JSON.parse(callsIn(text)[0]?.arguments ?? '') as object), ['a']);
  });

  test('hold the arguments of a tool to be an object, where its schema cannot be read', () => {
    const parameters = { type: 'object', properties: { a: { $ref: 'https://example.com/a' } } };
    const promises = { ...PROMISES, tools: [{ name: 'f', parameters }], toolChoice: { name: 'f' } };
    for (const text of answers(promises)) assert.match(callsIn(text)[0]?.arguments ?? '', /^\{.*\}$/s);
  });

  test('say the same whatever other answers follow the same grammar', () => {
    const constraints = new Constraints(VOCABULARY, new Set([END]));
    const promises = jsonPromises({ type: 'array', items: { type: 'string' } });
    const [one, other] = [constraints.for(promises), constraints.for(promises)];
    assert.ok(one !== null && one === other);
    const [first, second] = [new ConstrainedAnswer(one), new ConstrainedAnswer(one)];
    possible(first, '["a');
    assert.deepEqual(possible(second, '["b"'), possible(answerTo(promises), '["b"'));
    assert.deepEqual(possible(first, '"'), possible(second));
  });

  test('are refused to a tokenizer that cannot spell every text, and to schemas that nothing meets', () => {
    const bytesOf = (id: number) => (id === 0xe6 ? new Uint8Array() : VOCABULARY.bytesOf(id));
    const lame = new Constraints({ ...VOCABULARY, bytesOf }, new Set([END]));
    assert.throws(() => lame.for(jsonPromises({})), { code: 'unsupported_parameter', param: 'response_format' });
    assert.throws(() => answerTo(jsonPromises({ type: 'string', minLength: 2, maxLength: 1 })), {
      code: 'unsupported_parameter',
    });
  });
});
