import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createJudgementCache } from '../../../src/guard/prompt/input.js';
import { type Policy, policyOf } from '../../../src/guard/policy.js';
import { createGuard } from '../../../src/guard/create.js';
import { promptNotice } from '../../../src/guard/notices.js';
import { LruCache } from '../../../src/guard/prompt/lru-cache.js';
import type { PromptJudge } from '../../../src/guard/prompt/prompt-judge.js';
import { createLogger, createMetrics } from '../../../src/telemetry.js';
import type { Message } from '../../../src/types.js';

const scanner = {
  scan: () => Promise.resolve({ outcome: 'unsupported' } as const),
  scanPrefix: () => Promise.reject(new Error('not asked for')),
  rulesHash: 'x',
  languages: [],
  stop: () => Promise.resolve(),
};
const never = new AbortController().signal;
const context = { requestId: 'r', tenant: 'a', keyId: 'k' };
const user = (content: string): Message => ({ role: 'user', content });

/** Scores a text by the number in it, and counts what it was asked. */
function countingJudge(): PromptJudge & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    name: 'counting',
    hash: 'h',
    asked,
    judge: (_role, text) => {
      asked.push(text);
      const score = Number(/0\.\d+/.exec(text)?.[0] ?? 0);
      return Promise.resolve({
        label: 'malicious',
        score,
        evidence: [{ rule: 'malicious/x', message: 'X.', weight: 1 }],
      });
    },
  };
}

function guardWith(promptJudge: PromptJudge, options: { policy?: Policy; clock?: () => number } = {}) {
  const { policy = policyOf('default'), clock = () => 0 } = options;
  return createGuard({
    policy,
    scanner,
    metrics: createMetrics(),
    logger: createLogger('silent'),
    promptJudge,
    cache: createJudgementCache(clock),
    deadlines: { inputMs: 20, codeMs: 20 },
  });
}

describe('the input guard', () => {
  test('takes the worst message, with one verdict over all bytes', async () => {
    const guard = guardWith(countingJudge());
    const { verdicts, blockedBy } = await guard.input([user('0.1'), user('0.9é'), user('0.6')], context, never);
    assert.equal(verdicts.length, 1);
    assert.ok(blockedBy !== null && blockedBy === verdicts[0]);
    assert.deepEqual(
      [blockedBy.score, blockedBy.action, blockedBy.label, blockedBy.scannedBytes],
      [0.9, 'block', 'malicious', 11],
    );
    assert.match(promptNotice(blockedBy), /malicious cyberactivity \(malicious\/x\)/);
  });

  test('annotates below the threshold, and is silent below that', async () => {
    const guard = guardWith(countingJudge());
    const annotated = await guard.input([user('0.6')], context, never);
    assert.deepEqual([annotated.blockedBy, annotated.verdicts[0]?.action], [null, 'annotate']);
    const silent = await guard.input([user('0.4')], context, never);
    assert.deepEqual(
      [silent.verdicts[0]?.action, silent.verdicts[0]?.label, silent.verdicts[0]?.findings],
      ['allow', 'benign', []],
    );
  });

  test('an answer of the assistant never blocks the turn after it', async () => {
    const guard = guardWith(countingJudge());
    const { verdicts, blockedBy } = await guard.input(
      [{ role: 'assistant', content: '0.9', toolCalls: [] }],
      context,
      never,
    );
    assert.deepEqual([blockedBy, verdicts[0]?.action], [null, 'annotate']);
    const after = await guard.input(
      [{ role: 'assistant', content: '0.95', toolCalls: [] }, user('0.9')],
      context,
      never,
    );
    assert.equal(after.blockedBy?.score, 0.9);
  });

  test('judges a message once for each tenant, role and what stands before it, and again when its time is over', async () => {
    let now = 0;
    const judge = countingJudge();
    const guard = guardWith(judge, { clock: () => now });
    await guard.input([user('same')], context, never);
    await guard.input([user('same'), user('new')], context, never);
    await guard.input([user('same'), user('new')], context, never);
    assert.deepEqual(judge.asked, ['same', 'new']);
    await guard.input([user('other'), user('new')], context, never);
    assert.deepEqual(judge.asked.splice(2), ['other', 'new']);
    await guard.input([user('same')], { ...context, tenant: 'b' }, never);
    await guard.input([{ role: 'system', content: 'same' }], context, never);
    assert.equal(judge.asked.length, 4);
    now = 3_600_001;
    await guard.input([user('same')], context, never);
    assert.equal(judge.asked.length, 5);
  });

  test('fails closed on a throw and on a time-out, and open only where the policy observes', async () => {
    const throwing: PromptJudge = { name: 'x', hash: 'x', judge: () => Promise.reject(new Error('planted')) };
    const stuck: PromptJudge = { name: 'x', hash: 'x', judge: () => new Promise(() => undefined) };
    for (const judge of [throwing, stuck]) {
      await assert.rejects(guardWith(judge).input([user('x')], context, never), { code: 'guard_failed' });
      const { verdicts, blockedBy } = await guardWith(judge, { policy: policyOf('observe') }).input(
        [user('x')],
        context,
        never,
      );
      assert.deepEqual(
        [blockedBy, verdicts[0]?.label, verdicts[0]?.action, verdicts[0]?.scannedBytes],
        [null, 'guard_failed', 'observe', 0],
      );
    }
  });

  test('an abort is an abort', async () => {
    const abort = new AbortController();
    const stuck: PromptJudge = { name: 'x', hash: 'x', judge: () => new Promise(() => undefined) };
    const judging = guardWith(stuck).input([user('x')], context, abort.signal);
    abort.abort();
    await assert.rejects(judging, { code: 'request_aborted' });
    await assert.rejects(guardWith(stuck).input([user('x')], context, abort.signal), { code: 'request_aborted' });
  });

  test('observing records and blocks nothing', async () => {
    const { verdicts, blockedBy } = await guardWith(countingJudge(), { policy: policyOf('observe') }).input(
      [user('0.9')],
      context,
      never,
    );
    assert.deepEqual([blockedBy, verdicts[0]?.action, verdicts[0]?.label], [null, 'observe', 'malicious']);
  });

  test('the policy hash tells policies and rules apart', () => {
    const hashes = (['default', 'strict', 'observe'] as const).map(
      (name) => guardWith(countingJudge(), { policy: policyOf(name) }).policy.hash,
    );
    const other = guardWith({ ...countingJudge(), hash: 'other' }).policy.hash;
    assert.equal(new Set([...hashes, other]).size, 4);
    assert.ok(hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash)));
  });
});

describe('LruCache', () => {
  test('forgets what was not used for longest', () => {
    const cache = new LruCache<number>({ entries: 2, lifetimeMs: 10, clock: () => 0 });
    cache.set('a', 1);
    cache.set('b', 2);
    assert.equal(cache.get('a'), 1);
    cache.set('c', 3);
    assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c'), cache.size], [1, undefined, 3, 2]);
  });
});
