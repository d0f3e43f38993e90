import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  fromErrorMessage,
  parseChildMessage,
  parseParentMessage,
  toErrorMessage,
  type ChildMessage,
  type ParentMessage,
} from '../../../src/engine/embedded/protocol.js';
import { PurpgateError } from '../../../src/errors.js';
import { engineRequest } from '../../contracts/engine.js';

const { messages, tools, sampling, toolChoice, toolCalls, responseFormat } = engineRequest();
const prompt = { messages, tools, textPrompt: null };
const promises = { toolChoice, toolCalls, responseFormat };
const reading = { format: 'plain', tools: 'read' } as const;
const error = { code: 'overloaded', publicMessage: 'busy', message: 'busy', param: null } as const;
const told = { logprob: { token: 'a', bytes: [97], logprob: -0.5, alternatives: [] }, length: 1 };
const output = { request: 1, choice: 0, id: 7, logprob: -0.5, text: 'a', finish: null };

const fromParent: ParentMessage[] = [
  { type: 'start', folder: 'models/nano', threads: 1, maxQueued: 0 },
  { type: 'generate', request: 1, caller: 'a', adapter: 'purp@0123456789ab', ...prompt, sampling, reading, promises },
  { type: 'generate', request: 2, caller: '', adapter: null, ...prompt, sampling, reading, promises },
  { type: 'count_tokens', call: 3, ...prompt, textPrompt: { prefix: 'a', suffix: null } },
  { type: 'ping' },
  { type: 'cancel', request: 1 },
  { type: 'consumed', request: 1, tokens: 64 },
  { type: 'load_adapter', call: 1, version: 'purp@0123456789ab', file: 'a.safetensors' },
  { type: 'unload_adapter', call: 2, version: 'purp@0123456789ab' },
];

const fromChild: ChildMessage[] = [
  { type: 'ready', sha256: 'ab' },
  { type: 'failed', error },
  { type: 'accepted', request: 1, promptIds: [1, 2] },
  { type: 'refused', request: 1, error: { ...error, param: 'n' } },
  {
    type: 'step',
    outputs: [
      { ...output, told },
      { ...output, finish: 'stop', stopSequence: 'b' },
    ],
  },
  { type: 'pong' },
  { type: 'adapter', call: 1, error: null },
  { type: 'adapter', call: 2, error },
  { type: 'counted', call: 3, tokens: 7, error: null },
  { type: 'counted', call: 3, tokens: 0, error },
];

/** Every message with one of its fields taken away, or made nonsense. */
function spoilt(message: object): unknown[] {
  return Object.keys(message).flatMap((field) => {
    const rest = Object.fromEntries(Object.entries(message).filter(([name]) => name !== field));
    return [rest, { ...rest, [field]: { nonsense: true } }, { ...rest, [field]: [] }];
  });
}

/** Empty lists are lists, and what stands inside of typed requests is not looked into. */
function isLenient(message: unknown): boolean {
  return /"(promptIds|outputs|messages|tools|sampling|reading|promises|textPrompt)":\[\]|"(sampling|reading|promises|textPrompt)":\{"nonsense"/.test(
    JSON.stringify(message),
  );
}

describe('the protocol between the engine and its process', () => {
  test('lets every message through as it is, and nothing else', () => {
    for (const message of fromParent)
      assert.deepEqual(parseParentMessage(JSON.parse(JSON.stringify(message))), message);
    for (const message of fromChild) assert.deepEqual(parseChildMessage(JSON.parse(JSON.stringify(message))), message);
    const outputs = spoilt(output).map((bad) => ({ type: 'step', outputs: [output, bad] }));
    const errors = spoilt(error).map((bad) => ({ type: 'failed', error: bad }));
    const nothing = [null, 1, 'x', [], {}];
    for (const bad of [...nothing, ...fromChild.flatMap(spoilt), ...outputs, ...errors])
      if (!isLenient(bad)) assert.throws(() => parseChildMessage(bad), TypeError, JSON.stringify(bad));
    for (const bad of [...nothing, ...fromParent.flatMap(spoilt)])
      if (!isLenient(bad)) assert.throws(() => parseParentMessage(bad), TypeError, JSON.stringify(bad));
  });

  test('carries errors whole', () => {
    const sent = new PurpgateError('unsupported_parameter', { publicMessage: 'p', message: 'm', param: 'n' });
    const { code, publicMessage, message, param } = fromErrorMessage(toErrorMessage(sent));
    assert.deepEqual([code, publicMessage, message, param], ['unsupported_parameter', 'p', 'm', 'n']);
  });
});
