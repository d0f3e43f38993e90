/** Responses as clients read them, and Deltas to write them from. */
import assert from 'node:assert/strict';
import type { ResponseIdentity } from '../../../src/protocol/format.js';
import { responsesFormat } from '../../../src/protocol/responses/responses.js';
import type { ResponseItem, ResponseObject, ResponsesRequest } from '../../../src/protocol/wire.js';
import type { Delta, Verdict } from '../../../src/types.js';
import { answer } from '../deltas.js';

export const ID = '018f0000-0000-7000-8000-000000000000';
export const IDENTITY: ResponseIdentity = {
  id: ID,
  model: 'purp"nano',
  version: 'purp@0123456789ab',
  created: 1700000000,
};
export const PLAIN: ResponsesRequest = { model: 'purp"nano', input: 'Hi' };
export const SCHEMA: ResponsesRequest = {
  ...PLAIN,
  text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } } },
};

interface StreamEvent {
  readonly type: string;
  readonly sequence_number: number;
  readonly response: ResponseObject;
  readonly item?: ResponseItem;
  readonly item_id: string;
  readonly output_index: number;
  readonly delta?: string;
}

export const call = (body: ResponsesRequest) => responsesFormat.parse(body, { id: ID, session: null });

export function whole(deltas: readonly Delta[], body = PLAIN): ResponseObject {
  const builder = call(body).whole(IDENTITY);
  for (const delta of deltas) builder.add(delta);
  return builder.build().body as ResponseObject;
}

export function read(text: string): StreamEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block !== '' && block !== 'data: [DONE]')
    .map((block) => {
      const [name = '', data = '', ...rest] = block.split(/[\n\r\u0085\u2028\u2029]/);
      assert.equal(rest.length, 0, 'an event is two lines to every reader');
      const event = JSON.parse(data.slice('data: '.length)) as StreamEvent;
      assert.equal(name, `event: ${event.type}`);
      return event;
    });
}

export function stream(deltas: readonly Delta[], body = PLAIN): StreamEvent[] {
  const encoder = call(body).stream(IDENTITY);
  const text = deltas.map((delta) => encoder.encode(delta)).join('') + encoder.end();
  assert.ok(text.endsWith('\n\ndata: [DONE]\n\n'));
  return read(text);
}

/** Two responses are the same but for the time at which they were completed. */
export function timeless(response: ResponseObject | undefined): unknown {
  return { ...(JSON.parse(JSON.stringify(response)) as ResponseObject), completed_at: null };
}

/** What a client puts together that believes deltas only: the text of every item. */
export function textsByDelta(events: readonly StreamEvent[]): [string, string][] {
  const texts = new Map<string, string>();
  for (const { type, item, item_id, delta } of events) {
    if (type === 'response.output_item.added' && item !== undefined) texts.set(item.id, '');
    if (type.endsWith('.delta')) texts.set(item_id, `${texts.get(item_id) ?? 'not added'}${delta ?? ''}`);
  }
  return [...texts];
}

export function textOf(item: ResponseItem): string {
  switch (item.type) {
    case 'reasoning':
      return item.summary.map(({ text }) => text).join('');
    case 'message':
      return item.content.map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join('');
    case 'function_call':
      return item.arguments;
    case 'custom_tool_call':
      return item.input;
  }
}

/** The format has no second choice. */
export const single = answer.map((deltas) => deltas.filter((delta) => !('choice' in delta) || delta.choice === 0));

export const USAGE: Delta = { type: 'usage', usage: { promptTokens: 3, completionTokens: 2, reasoningTokens: 1 } };
export const say = (text: string): Delta => ({ type: 'text', choice: 0, text });
export const think = (text: string): Delta => ({ type: 'reasoning', choice: 0, text });
export const finish = (reason: 'stop' | 'length' | 'tool_calls' = 'stop'): Delta => ({
  type: 'finish',
  choice: 0,
  reason,
});
export const calls = (name: string, ...pieces: readonly string[]): Delta[] => [
  { type: 'tool_start', choice: 0, index: 0, id: 'c1', name },
  ...pieces.map((text): Delta => ({ type: 'tool_args', choice: 0, index: 0, text })),
];
export const judged = (action: Verdict['action'], stage: Verdict['stage'] = 'output'): Delta => ({
  type: 'verdict',
  choice: 0,
  verdict: { stage, guard: 'g', action, label: 'l', score: 1, findings: [], scannedBytes: 1, ms: 1 },
});
