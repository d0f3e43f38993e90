import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InteractionEvent } from '../../src/events/interaction.js';
import { AnswerCollector } from '../../src/serve/answer.js';
import {
  type FinishedRequest,
  buildInteraction,
  conversationId,
  recordFeedbackValue,
  recordRequest,
} from '../../src/serve/record.js';
import { RULES, withRules } from '../../src/text/rules.js';
import type { CompletionRequest, Delta } from '../../src/types.js';
import { CALLER, REQUEST, REDACTION_KEY } from '../support/request.js';

const SECRET = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`;

function collected(...deltas: Delta[]): AnswerCollector {
  const collector = new AnswerCollector();
  for (const delta of deltas) collector.add(delta);
  return collector;
}

function finished(change: Partial<FinishedRequest> = {}): FinishedRequest {
  const answer = collected(
    { type: 'text', choice: 0, text: 'my answer', tokens: { ids: [1, 2], logprobs: [-1, -2] } },
    { type: 'finish', choice: 0, reason: 'stop' },
    { type: 'usage', usage: { promptTokens: 4, completionTokens: 2, reasoningTokens: 0 }, promptIds: [7, 8] },
  );
  return {
    request: REQUEST,
    caller: CALLER,
    conversation: 'c',
    arrivedAt: new Date(0),
    version: 'purp@0123456789ab',
    engine: 'model',
    raw: answer,
    served: answer,
    verdicts: [],
    firstTokenMs: 1,
    totalMs: 2,
    configHash: 'config',
    policy: { name: 'default', hash: 'hash' },
    status: 'completed',
    httpStatus: 200,
    ...change,
  };
}

function interactionOf(request: FinishedRequest): InteractionEvent {
  const recorded = recordRequest(request.request, request.caller, REDACTION_KEY);
  return buildInteraction(request, recorded, REDACTION_KEY);
}

describe('an interaction', () => {
  test('of a consenting key carries text, tokens and provenance', () => {
    const event = interactionOf(finished());
    assert.ok(event.consent === 'allow');
    assert.deepEqual(event.tokens, {
      prompt_ids: [7, 8],
      completion_ids: [[1, 2]],
      logprobs: [[-1, -2]],
      distribution: 'whole',
    });
    assert.equal(event.raw[0]?.content, 'my answer');
    assert.equal(event.version, 'purp@0123456789ab');
  });

  test('that was sampled from a part of the distribution says so', () => {
    for (const sampling of [
      { ...REQUEST.sampling, topP: 0.9 },
      { ...REQUEST.sampling, topK: 5 },
    ]) {
      const event = interactionOf(finished({ request: { ...REQUEST, sampling } }));
      assert.ok(event.consent === 'allow');
      assert.equal(event.tokens?.distribution, 'truncated');
    }
  });

  test('of an opted-out key has no text in any field', () => {
    const verdict = {
      stage: 'input',
      guard: 'g',
      action: 'annotate',
      label: 'malicious',
      score: 0.4,
      findings: [
        {
          rule: 'r',
          cwe: null,
          severity: 'low',
          message: 'says my question',
          advice: '',
          span: null,
          action: 'annotate',
        },
      ],
      scannedBytes: 11,
      ms: 1,
    } as const;
    const event = interactionOf(finished({ caller: { ...CALLER, consent: 'deny' }, verdicts: [verdict] }));
    assert.equal(event.consent, 'deny');
    assert.doesNotMatch(JSON.stringify(event), /my question|my answer|be kind/);
    assert.ok(!('tokens' in event));
  });

  test('with store: false opts out only where the key honours it', () => {
    const request = { ...REQUEST, store: false };
    assert.equal(interactionOf(finished({ request })).consent, 'allow');
    assert.equal(interactionOf(finished({ request, caller: { ...CALLER, honourStoreFalse: true } })).consent, 'deny');
  });

  for (const [where, change] of Object.entries({
    prompt: { request: { ...REQUEST, messages: [{ role: 'user', content: `use ${SECRET}` }] } },
    'unknown field': { request: { ...REQUEST, extra: { deep: [{ token: SECRET }] } } },
    'tool call': {
      raw: collected(
        { type: 'tool_start', choice: 0, index: 0, id: 'c', name: 'run' },
        { type: 'tool_args', choice: 0, index: 0, text: JSON.stringify({ token: SECRET }) },
      ),
    },
  } satisfies Record<string, Partial<FinishedRequest>>))
    test(`with a secret in its ${where} is redacted, and loses its tokens`, () => {
      const text = JSON.stringify(interactionOf(finished(change)));
      assert.ok(!text.includes(SECRET), text);
      assert.match(text, /REDACTED/);
      assert.doesNotMatch(text, /"tokens"/);
    });

  test('has the conversation of its session, else of how the conversation began, never across keys', () => {
    assert.equal(interactionOf(finished({ conversation: 'd' })).conversation_id, 'd');
    const id = (request: CompletionRequest, caller = CALLER) => conversationId(request, caller);
    const longer: CompletionRequest = {
      ...REQUEST,
      messages: [
        ...REQUEST.messages,
        { role: 'assistant', content: 'x', toolCalls: [] },
        { role: 'user', content: 'more' },
      ],
    };
    assert.equal(id(longer), id(REQUEST));
    assert.notEqual(id(REQUEST, { ...CALLER, keyId: 'other' }), id(REQUEST));
    assert.notEqual(id({ ...REQUEST, session: 's' }), id(REQUEST));
    assert.equal(id({ ...longer, session: 's' }), id({ ...REQUEST, session: 's' }));
  });
});

describe('the value of a feedback', () => {
  test('is redacted', () => {
    assert.doesNotMatch(
      JSON.stringify(recordFeedbackValue({ edited: `token ${SECRET}` }, 'allow', REDACTION_KEY)),
      new RegExp(SECRET),
    );
  });

  test('of an opted-out key is a number, a boolean or nothing', () => {
    assert.equal(recordFeedbackValue(0.5, 'deny', REDACTION_KEY), 0.5);
    assert.equal(recordFeedbackValue(true, 'deny', REDACTION_KEY), true);
    assert.equal(recordFeedbackValue('my text', 'deny', REDACTION_KEY), null);
    assert.equal(recordFeedbackValue({ text: 'my text' }, 'deny', REDACTION_KEY), null);
  });
});

describe('the rules', () => {
  test('stand before the system prompt, which is kept', () => {
    const [first, second] = withRules(REQUEST.messages);
    assert.equal(first?.content, `${RULES}\n\nbe kind`);
    assert.equal(second?.content, 'my question');
  });

  test('become the system prompt where there is none', () => {
    assert.deepEqual(withRules([{ role: 'user', content: 'q' }]), [
      { role: 'system', content: RULES },
      { role: 'user', content: 'q' },
    ]);
  });
});
