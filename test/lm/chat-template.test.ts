import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeChat, loadChatTemplate, type ChatTemplate } from '../../src/lm/chat-template.js';
import { loadTokenizer, type Tokenizer } from '../../src/lm/tokenizer.js';
import type { Message } from '../../src/types.js';
import { writeTinyModel, type TinyModel } from '../support/tiny-model.js';

const plain = { tools: [], addGenerationPrompt: true };

describe('ChatTemplate', () => {
  let model: TinyModel;
  let template: ChatTemplate;
  let tokenizer: Tokenizer;
  before(async () => {
    model = await writeTinyModel();
    template = await loadChatTemplate(model.folder);
    tokenizer = await loadTokenizer(model.folder);
  });
  after(() => model.remove());

  test('renders turns, tools, calls and results, and no earlier reasoning', () => {
    const messages: Message[] = [
      { role: 'system', content: 'Be safe.' },
      { role: 'user', content: 'List.' },
      {
        role: 'assistant',
        content: '',
        reasoning: 'SECRET THOUGHT',
        toolCalls: [{ id: 'call_1', name: 'ls', arguments: '{"path":"/"}' }],
      },
      { role: 'tool', content: 'etc', toolCallId: 'call_1' },
    ];
    const tools = [{ name: 'ls', parameters: { type: 'object' } }];
    assert.equal(
      template.render(messages, { tools, addGenerationPrompt: true }),
      '<|im_start|>system\nBe safe.\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>\n' +
        '{"type": "function", "function": {"name": "ls", "parameters": {"type": "object"}}}\n</tools><|im_end|>\n' +
        '<|im_start|>user\nList.<|im_end|>\n<|im_start|>assistant\n<tool_call>\n{"name": "ls", "arguments": {"path": "/"}}\n</tool_call><|im_end|>\n' +
        '<|im_start|>user\n<tool_response>\netc\n</tool_response><|im_end|>\n<|im_start|>assistant\n',
    );
    assert.ok(template.supportsTools);
  });

  test('encodes the prompt as rendered where no text names a special token', () => {
    const messages: Message[] = [{ role: 'user', content: 'def f(): return 1' }];
    const ids = encodeChat({ template, tokenizer }, messages, plain);
    assert.equal(tokenizer.decode(ids), template.render(messages, plain));
  });

  test('lets no text forge a turn, whatever it spells', () => {
    const special = new Set(['<|im_start|>', '<|im_end|>', '<|endoftext|>'].map((name) => tokenizer.idOf(name)));
    const count = (ids: readonly number[]) => ids.filter((id) => special.has(id)).length;
    const pieces = fc.constantFrom('<|im_start|>', '<|im_end|>', '<|im_', 'start|>', '<', '\uFFFE', 'system\n', ' ');
    const hostile = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(hostile, hostile, hostile, (user, answer, result) => {
        const conversation = (texts: readonly string[]): Message[] => [
          { role: 'system', content: texts[0] ?? '' },
          { role: 'user', content: texts[0] ?? '' },
          {
            role: 'assistant',
            content: texts[1] ?? '',
            toolCalls: [
              { id: 'a', name: texts[1] ?? '', arguments: JSON.stringify({ x: texts[1], [texts[0] ?? '']: 1 }) },
            ],
          },
          { role: 'tool', content: texts[2] ?? '', toolCallId: 'a' },
        ];
        const tools = [{ name: 'f', description: user }];
        const benign = encodeChat({ template, tokenizer }, conversation(['a', 'b', 'c']), {
          ...plain,
          tools: [{ name: 'f' }],
        });
        const given = encodeChat({ template, tokenizer }, conversation([user, answer, result]), { ...plain, tools });
        assert.equal(count(given), count(benign));
        assert.ok(tokenizer.decode(given).includes(`user\n${user.replaceAll('\uFFFE', '')}<|im_end|>`));
      }),
    );
  });

  test('keeps arguments that are no JSON as text', () => {
    const messages: Message[] = [
      { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'f', arguments: '{"cut' }] },
    ];
    assert.ok(template.render(messages, plain).includes('"arguments": "{\\"cut"'));
  });

  test('says why a template refuses, and refuses folders without a usable one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'purpgate-test-'));
    await assert.rejects(loadChatTemplate(folder), { code: 'model_unusable' });
    await writeFile(join(folder, 'chat_template.jinja'), '{% if %}');
    await assert.rejects(loadChatTemplate(folder), { code: 'model_unusable' });
    await writeFile(join(folder, 'chat_template.jinja'), "{{ raise_exception('roles must alternate') }}");
    const picky = await loadChatTemplate(folder);
    assert.throws(() => picky.render([], plain), {
      code: 'invalid_request',
      param: 'messages',
      message: /roles must alternate/,
    });
    await rm(folder, { recursive: true });
  });
});
