/** What a client makes of a stream of Anthropic's API, with its promises checked. */
import assert from 'node:assert/strict';
import type { components } from '../../../src/protocol/openapi.gen.js';
import type { MessagesAnswer } from '../../../src/protocol/wire.js';

type StreamEvent = components['schemas']['MessagesEvent'];
type Block = Record<string, unknown> & { type: string };

export function readEvents(stream: string): StreamEvent[] {
  return stream
    .split('\n\n')
    .filter((text) => text !== '')
    .map((text) => {
      const [, name, data] = /^event: (\w+)\ndata: (.+)$/.exec(text) ?? [];
      assert.ok(
        data !== undefined && !/[\r\u0085\u2028\u2029]/.test(data),
        'an event is a name and one line to every reader',
      );
      const parsed = JSON.parse(data) as StreamEvent;
      assert.equal(parsed.type, name);
      return parsed;
    });
}

/** Cut-short arguments are an empty object, as in a whole answer. */
function parseInput(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

const FIELDS: Readonly<Record<string, readonly [block: string, field: string]>> = {
  text_delta: ['text', 'text'],
  thinking_delta: ['thinking', 'thinking'],
  signature_delta: ['thinking', 'signature'],
  input_json_delta: ['tool_use', 'partial_json'],
};

/** The message that the events make up. */
export function assemble(events: readonly StreamEvent[]): MessagesAnswer {
  const [start, ...rest] = events;
  assert.equal(start?.type, 'message_start');
  assert.deepEqual(start.message?.['content'], []);
  const message = structuredClone(start.message) as unknown as MessagesAnswer & { content: Block[] };
  let open: Block | null = null;
  let json = '';
  let isStopped = false;
  for (const { type, index, content_block, delta, usage, purpgate } of rest) {
    assert.equal(isStopped, type === 'message_stop', 'only message_stop follows on message_delta');
    switch (type) {
      case 'content_block_start':
        assert.equal(open, null);
        assert.equal(index, message.content.length);
        open = structuredClone(content_block) as Block;
        json = '';
        message.content.push(open as never);
        break;
      case 'content_block_delta': {
        assert.equal(index, message.content.length - 1);
        const [block, field] = FIELDS[String(delta?.['type'])] ?? [];
        assert.ok(open !== null && field !== undefined && open.type === block);
        const piece = String(delta?.[field]);
        assert.notEqual(piece, '');
        if (block === 'tool_use') json += piece;
        else open[field] = String(open[field]) + piece;
        break;
      }
      case 'content_block_stop':
        assert.equal(index, message.content.length - 1);
        assert.ok(open !== null && open['text'] !== '' && open['thinking'] !== '', 'no block is empty');
        if (open.type === 'tool_use') {
          assert.notEqual(json, '', 'arguments are never missing');
          open['input'] = parseInput(json);
        }
        open = null;
        break;
      case 'message_delta':
        assert.equal(open, null, 'all blocks are closed');
        isStopped = true;
        Object.assign(message, delta, { usage });
        message.purpgate.verdicts.push(...(purpgate?.verdicts ?? []));
        break;
      default:
        assert.equal(type, 'message_stop');
    }
  }
  assert.equal(events.at(-1)?.type, 'message_stop');
  return message;
}
