import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PurpgateError, type ErrorCode } from '../../../src/errors.js';
import { parseTextRequest } from '../../../src/protocol/completions/request.js';
import type { TextCompletionRequest } from '../../../src/protocol/wire.js';

const ORIGIN = { id: '018f0000-0000-7000-8000-000000000000', session: null };
const parse = (fields: Partial<TextCompletionRequest>) =>
  parseTextRequest({ model: 'm', prompt: 'def f(', ...fields }, ORIGIN);

function refuses(fields: Partial<TextCompletionRequest>, code: ErrorCode, param: string): void {
  assert.throws(
    () => parse(fields),
    (error) => error instanceof PurpgateError && error.code === code && error.param === param,
  );
}

describe('parseTextRequest', () => {
  test('gives OpenAI defaults to what is absent, and shows guards the text as one user message', () => {
    assert.deepEqual(parse({}), {
      id: ORIGIN.id,
      protocol: 'completions',
      model: 'm',
      messages: [{ role: 'user', content: 'def f(' }],
      textPrompt: { prefix: 'def f(', suffix: null },
      tools: [],
      toolChoice: 'none',
      toolCalls: 'parallel',
      responseFormat: { type: 'text' },
      sampling: {
        temperature: 1,
        topP: 1,
        maxTokens: 16,
        stop: [],
        choices: 1,
        frequencyPenalty: 0,
        presencePenalty: 0,
      },
      extra: {},
    });
  });

  test('takes null for absent', () => {
    const fields = [
      'suffix',
      'max_tokens',
      'temperature',
      'n',
      'best_of',
      'logprobs',
      'echo',
      'stop',
      'user',
      'stream',
    ];
    assert.deepEqual(parse(Object.fromEntries(fields.map((field) => [field, null]))), parse({}));
  });

  test('reads every sampling field', () => {
    const { sampling } = parse({
      temperature: 0,
      top_p: 0.5,
      top_k: 40,
      n: 2,
      best_of: 2,
      max_tokens: 64,
      logprobs: 5,
      stop: ['\n', ''],
      seed: 7,
      frequency_penalty: 1,
      presence_penalty: -1,
    });
    assert.deepEqual(sampling, {
      temperature: 0,
      topP: 0.5,
      topK: 40,
      maxTokens: 64,
      stop: ['\n'],
      seed: 7,
      choices: 2,
      frequencyPenalty: 1,
      presencePenalty: -1,
      logprobs: 5,
    });
    assert.equal(parse({ logprobs: 0 }).sampling.logprobs, 0);
  });

  test('reads the text around a gap, and shows guards both sides', () => {
    const { textPrompt, messages } = parse({ prompt: 'a(', suffix: ')b' });
    assert.deepEqual(textPrompt, { prefix: 'a(', suffix: ')b' });
    assert.deepEqual(messages, [{ role: 'user', content: 'a()b' }]);
    assert.deepEqual(parse({ prompt: '', suffix: 'b' }).textPrompt, { prefix: '', suffix: 'b' });
    assert.equal(parse({ suffix: '' }).textPrompt.suffix, null);
  });

  test('reads an array with one text, and refuses several texts and token ids', () => {
    assert.equal(parse({ prompt: ['x'] }).textPrompt.prefix, 'x');
    refuses({ prompt: ['a', 'b'] }, 'unsupported_parameter', 'prompt');
    refuses({ prompt: [1, 2, 3] }, 'unsupported_parameter', 'prompt');
    refuses({ prompt: [[1, 2], [3]] }, 'unsupported_parameter', 'prompt');
  });

  test('refuses a prompt without text', () => {
    for (const prompt of ['', [], ['']]) refuses({ prompt }, 'invalid_request', 'prompt');
  });

  test('refuses what it would have to ignore', () => {
    refuses({ best_of: 3 }, 'unsupported_parameter', 'best_of');
    refuses({ best_of: 1, n: 2 }, 'unsupported_parameter', 'best_of');
    refuses({ echo: true, logprobs: 0 }, 'unsupported_parameter', 'logprobs');
    refuses({ logit_bias: { 50256: -100 } }, 'unsupported_parameter', 'logit_bias');
    refuses({ response_format: { type: 'json_object' } }, 'unsupported_parameter', 'response_format');
    assert.deepEqual(parse({ logit_bias: {}, response_format: { type: 'text' }, best_of: 1 }), parse({}));
  });

  test('keeps user, store and session, and what it does not know as received', () => {
    const request = parseTextRequest(
      { model: 'm', prompt: 'x', user: 'u', store: false, min_p: 0.1, nested: { deep: [null] } },
      { ...ORIGIN, session: 's' },
    );
    assert.deepEqual([request.user, request.store, request.session], ['u', false, 's']);
    assert.deepEqual(request.extra, { min_p: 0.1, nested: { deep: [null] } });
  });
});
