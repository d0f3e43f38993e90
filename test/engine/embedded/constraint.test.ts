import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PurpgateError } from '../../../src/errors.js';
import type { Delta, JsonObject, ResponseFormat, Tool } from '../../../src/types.js';
import { textOf } from '../../contracts/engine.js';
import { engineStarter, generate, idsOf } from '../../support/embedded-engine.js';

const SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    verdict: { enum: ['safe', 'unsafe'] },
    lines: { type: 'array', items: { type: 'integer', minimum: 1, maximum: 99 }, maxItems: 2 },
    note: { type: ['string', 'null'], maxLength: 5 },
  },
  required: ['verdict', 'lines', 'note'],
  additionalProperties: false,
};
const responseFormat: ResponseFormat = { type: 'json_schema', schema: SCHEMA };
const tools: readonly Tool[] = [
  {
    name: 'ls',
    parameters: {
      type: 'object',
      properties: { all: { type: 'boolean' } },
      required: ['all'],
      additionalProperties: false,
    },
  },
  { name: 'pwd' },
];

function reasonOf(deltas: readonly Delta[], choice = 0): string | undefined {
  for (const delta of deltas) if (delta.type === 'finish' && delta.choice === choice) return delta.reason;
  return undefined;
}

function callsOf(deltas: readonly Delta[]): { name: string; arguments: unknown }[] {
  return deltas.flatMap((start) => {
    if (start.type !== 'tool_start') return [];
    const pieces = deltas.map((delta) => (delta.type === 'tool_args' && delta.index === start.index ? delta.text : ''));
    return [{ name: start.name, arguments: JSON.parse(pieces.join('')) as unknown }];
  });
}

describe('the embedded engine under constraints', () => {
  const start = engineStarter();

  test('says what the schema allows, each choice by itself, whatever the model tends to', async () => {
    const { engine } = await start();
    const deltas = await generate(engine, { temperature: 1, seed: 3, choices: 3, maxTokens: 200 }, { responseFormat });
    const texts = [0, 1, 2].map((choice) => {
      assert.equal(reasonOf(deltas, choice), 'stop');
      const text = textOf(deltas, choice);
      const { verdict, lines, note, ...rest } = JSON.parse(text) as Record<string, unknown>;
      assert.ok(verdict === 'safe' || verdict === 'unsafe', text);
      assert.ok(Array.isArray(lines) && lines.every((line) => Number.isInteger(line)), text);
      assert.ok(note === null || typeof note === 'string', text);
      assert.deepEqual(rest, {});
      return text;
    });
    assert.ok(new Set(texts).size > 1, 'the choices are all alike');
  });

  test('says the same twice at temperature 0, beside other requests too', async () => {
    const { engine } = await start();
    const alone = await generate(engine, { maxTokens: 60 }, { responseFormat });
    const [beside] = await Promise.all([
      generate(engine, { maxTokens: 60 }, { responseFormat }),
      generate(engine, { maxTokens: 60 }),
      generate(engine, { maxTokens: 60 }, { responseFormat: { type: 'json_object' } }),
    ]);
    assert.deepEqual(idsOf(beside), idsOf(alone));
  });

  test('ends with `length` where the tokens do not suffice, with the beginning of a value', async () => {
    const { engine } = await start();
    const deltas = await generate(engine, { maxTokens: 5 }, { responseFormat });
    assert.equal(reasonOf(deltas), 'length');
    assert.ok(textOf(deltas).startsWith('{'));
  });

  test('gives JSON from the first token on, without the analysis that the model would begin with', async () => {
    const script = ['## Analysis\n', 'hm', '\n## Answer\n', 'no'];
    const { engine } = await start({ format: 'analysis-answer', script });
    const deltas = await generate(engine, { maxTokens: 100 }, { responseFormat });
    assert.ok(deltas.every(({ type }) => type !== 'reasoning'));
    assert.ok(textOf(deltas).startsWith('{'));
  });

  test('calls a tool where it must, and the named one where one is named', async () => {
    const { engine } = await start();
    const sampling = { temperature: 1, seed: 1, maxTokens: 200 };
    const one = { tools, toolCalls: 'single' } as const;
    const required = await generate(engine, sampling, { ...one, toolChoice: 'required' });
    assert.equal(callsOf(required).length, 1);
    assert.equal(reasonOf(required), 'tool_calls');
    for (const [name, keys] of [
      ['ls', ['all']],
      ['pwd', []],
    ] as const) {
      const [call, ...others] = callsOf(await generate(engine, sampling, { tools, toolChoice: { name } }));
      assert.deepEqual(others, []);
      assert.equal(call?.name, name);
      assert.deepEqual(Object.keys(Object(call.arguments) as object), keys);
    }
  });

  test('refuses before the first token what it cannot keep, with its place, and goes on serving', async () => {
    const { engine } = await start();
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: 'x' } } };
    await assert.rejects(generate(engine, {}, { responseFormat: { type: 'json_schema', schema } }), (thrown) => {
      assert.match(String(thrown), /#\/properties\/a\/pattern/);
      return (
        thrown instanceof PurpgateError && thrown.code === 'unsupported_parameter' && thrown.param === 'response_format'
      );
    });
    assert.equal(reasonOf(await generate(engine, { maxTokens: 3 }, { responseFormat })), 'length');
  });
});
