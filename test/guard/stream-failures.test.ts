import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { policyOf } from '../../src/guard/policy.js';
import { PurpgateError } from '../../src/errors.js';
import type { CodeScanner } from '../../src/guard/code/scanner.js';
import { createGuard } from '../../src/guard/create.js';
import { createMetrics } from '../../src/telemetry.js';
import type { Delta } from '../../src/types.js';
import { collect, finish, streamOf, textDeltas, textOf, toolCall, usage } from '../support/deltas.js';
import * as guarding from '../support/output-guard.js';

const { SAFE, VULNERABLE, assertNothingLeaked, context, fenced, guarded, logger, reasonOf, run, verdictsOf } = guarding;
guarding.useScanner();

describe('when the scanner fails', () => {
  const failing = (): CodeScanner => ({
    scan: () => Promise.reject(new PurpgateError('guard_failed', { message: 'planted' })),
    scanPrefix: () => Promise.reject(new Error('planted')),
    rulesHash: 'x',
    languages: ['python'],
    stop: () => Promise.resolve(),
  });

  test('code is denied by a notice once something was served', async () => {
    const deltas = await run([...textDeltas(['Here:\n\n```python\n', SAFE, '```\nEnd.\n']), finish(), usage], {
      scanner: failing(),
    });
    assert.match(
      textOf(deltas),
      /^Here:\n\n\n\[Withheld by the safety policy: code could not be checked\. Ask again\.\]\n\nEnd\.\n$/,
    );
    assert.equal(verdictsOf(deltas)[0]?.label, 'guard_failed');
    assert.equal(reasonOf(deltas), 'stop');
  });

  test('the request fails while nothing was served', async () => {
    for (const deltas of [
      textDeltas(['```python\n', SAFE, '```\n']),
      toolCall(0, [JSON.stringify({ path: 'a.py', content: SAFE })]),
    ])
      await assert.rejects(run([...deltas, finish(), usage], { scanner: failing() }), { code: 'guard_failed' });
  });

  test('a policy that observes lets everything pass and records the failure', async () => {
    const text = `Here:\n\`\`\`python\n${VULNERABLE}\`\`\`\n`;
    const deltas = await run([...textDeltas([text]), finish('length'), usage], {
      policy: policyOf('observe'),
      scanner: failing(),
    });
    assert.equal(textOf(deltas), text);
    assert.ok(verdictsOf(deltas).some(({ label, action }) => label === 'guard_failed' && action === 'observe'));
    assert.equal(reasonOf(deltas), 'length');
  });

  test('a scan that never ends runs into the deadline', async () => {
    const never: CodeScanner = {
      ...failing(),
      scan: () => new Promise(() => undefined),
      scanPrefix: () => new Promise(() => undefined),
    };
    const guard = createGuard({
      policy: policyOf('default'),
      scanner: never,
      metrics: createMetrics(),
      logger,
      deadlines: { inputMs: 50, codeMs: 5 },
    });
    const deltas = await collect(
      guard.output(
        streamOf([...textDeltas(['Hi.\n```python\nx = 1\n```\n']), finish(), usage]),
        context,
        new AbortController().signal,
      ),
    );
    assert.match(textOf(deltas), /could not be checked/);
  });
});

describe('the policy observe', () => {
  test('passes every Delta as it is and adds verdicts before the end', async () => {
    const source: Delta[] = [
      ...textDeltas([fenced(VULNERABLE)]),
      ...toolCall(0, [JSON.stringify({ path: 'a.py', content: VULNERABLE })]),
      finish('tool_calls'),
      usage,
    ];
    const deltas = await run(source, { policy: policyOf('observe') });
    assert.deepEqual(
      deltas.filter((delta) => delta.type !== 'verdict'),
      source,
    );
    const found = verdictsOf(deltas).filter(({ label }) => label === 'vulnerable_code');
    assert.deepEqual(
      found.map(({ action }) => action),
      ['observe', 'observe'],
    );
    assert.ok(
      deltas.findLastIndex((delta) => delta.type === 'verdict') < deltas.findIndex((delta) => delta.type === 'finish'),
    );
  });
});

describe('leaving and failing', () => {
  test('leaving the stream leaves the source', async () => {
    let left = false;
    async function* source(): AsyncGenerator<Delta> {
      try {
        for (;;) {
          await Promise.resolve();
          yield { type: 'text', choice: 0, text: 'word ' };
        }
      } finally {
        left = true;
      }
    }
    for await (const delta of guarded(source())) if (delta.type === 'text') break;
    assert.ok(left);
  });

  test('a failure of the source passes through, and held code does not', async () => {
    async function* source(): AsyncGenerator<Delta> {
      yield* streamOf(textDeltas(['Hi.\n', '```python\n', VULNERABLE]));
      throw new PurpgateError('upstream_error');
    }
    const served: Delta[] = [];
    await assert.rejects(
      async () => {
        for await (const delta of guarded(source())) served.push(delta);
      },
      { code: 'upstream_error' },
    );
    assertNothingLeaked(served);
    assert.match(textOf(served), /^Hi\.\n/);
  });

  test('an abort while code is scanned is an abort', async () => {
    const abort = new AbortController();
    const stuck: CodeScanner = {
      scan: () => new Promise(() => undefined),
      scanPrefix: () => new Promise(() => undefined),
      rulesHash: 'x',
      languages: ['python'],
      stop: () => Promise.resolve(),
    };
    const guard = createGuard({ policy: policyOf('default'), scanner: stuck, metrics: createMetrics(), logger });
    const result = collect(
      guard.output(streamOf([...textDeltas(['```python\nx = 1\n```\n']), finish()]), context, abort.signal),
    );
    setImmediate(() => {
      abort.abort();
    });
    await assert.rejects(result, { code: 'request_aborted' });
  });
});
