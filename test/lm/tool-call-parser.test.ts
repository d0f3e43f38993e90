import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ToolCallParser, type ToolCallPart } from '../../src/lm/tool-call-parser.js';

/** Parts of the pieces, with neighbours of a kind joined, so that only what was said counts and not how it was cut. */
function parse(pieces: readonly string[]): ToolCallPart[] {
  const parser = new ToolCallParser();
  const joined: ToolCallPart[] = [];
  for (const part of [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()]) {
    const last = joined.at(-1);
    if (last !== undefined && last.type === part.type && last.type !== 'tool_start' && part.type !== 'tool_start')
      joined[joined.length - 1] = { type: last.type, text: last.text + part.text };
    else joined.push(part);
  }
  return joined;
}

const call = (name: string, args: string): ToolCallPart[] => [
  { type: 'tool_start', name },
  { type: 'tool_args', text: args },
];

describe('ToolCallParser', () => {
  test('hands text on and reads calls, at every way of cutting', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.dictionary(fc.string(), fc.jsonValue())), { maxLength: 3 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(undefined, 1),
        (text, calls, size, indent) => {
          fc.pre(!text.includes('<'));
          const written = calls.map(
            ([name, args]) => `<tool_call>\n${JSON.stringify({ name, arguments: args }, null, indent)}\n</tool_call>\n`,
          );
          const whole = text + written.join('');
          const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
            whole.slice(index * size, (index + 1) * size),
          );
          const parts = parse(pieces);
          const expected = [
            ...(text === '' ? [] : [{ type: 'text', text }]),
            ...calls.flatMap(([name, args]) => [
              { type: 'tool_start', name },
              { type: 'tool_args', value: args },
            ]),
          ];
          const seen = parts.map((part) =>
            part.type === 'tool_args' ? { type: part.type, value: JSON.parse(part.text) as unknown } : part,
          );
          assert.deepEqual(JSON.stringify(seen), JSON.stringify(expected));
        },
      ),
    );
  });

  test('loses nothing of a text without calls', () => {
    const fragments = fc.array(
      fc.constantFrom('<tool_call>', '</tool_call>', '<tool', '_call>', '<', 'x', ' ', '\n', '"', '[1]', ':'),
    );
    fc.assert(
      fc.property(fragments, (pieces) => {
        assert.deepEqual(parse(pieces), pieces.length === 0 ? [] : [{ type: 'text', text: pieces.join('') }]);
      }),
    );
  });

  test('hands arguments on before the call is complete', () => {
    const parser = new ToolCallParser();
    parser.push('<tool_call>{"name": "write", "arguments": ');
    assert.deepEqual(parser.push('{"path": "a'), [{ type: 'tool_args', text: '{"path": "a' }]);
  });

  test('keeps a closing marker inside a string of the arguments', () => {
    const args = '{"code": "</tool_call> <tool_call>"}';
    assert.deepEqual(parse([`<tool_call>{"name": "w", "arguments": ${args}}</tool_call>`]), call('w', args));
  });

  test('ends a call whose string is broken at the closing marker', () => {
    const parts = parse(['<tool_call>{"name": "w", "arguments": {"code": "a\nb</tool_call> rest']);
    assert.deepEqual(parts, call('w', '{"code": "a\nb'));
  });

  test('waits for a name that comes last, and decodes arguments that are a string', () => {
    assert.deepEqual(parse(['<tool_call>{"arguments": {"a": 1}, "name": "f"}</tool_call>']), call('f', '{"a": 1}'));
    assert.deepEqual(parse(['<tool_call>{"name": "f", "arguments": "{\\"a\\": 1}"}']), call('f', '{"a": 1}'));
  });

  test('gives a call without arguments an empty object, and a cut one what there is', () => {
    assert.deepEqual(parse(['<tool_call>{"name": "f"}</tool_call>']), call('f', '{}'));
    assert.deepEqual(parse(['<tool_call>{"name": "f", "arguments": {"a": "b']), call('f', '{"a": "b'));
    assert.deepEqual(parse(['<tool_call>{"name": "f']), [{ type: 'text', text: '<tool_call>{"name": "f' }]);
  });
});
