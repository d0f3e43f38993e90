import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PurpgateError } from '../../src/errors.js';
import type { CodeScanner } from '../../src/guard/code/scanner.js';
import type { Composition } from '../../src/reward/composition.js';
import type { OwnOracle } from '../../src/reward/own-oracle.js';
import { createSampleScorer, type UnscoredSample } from '../../src/reward/score.js';
import { answer } from '../support/events.js';

/** A scanner that does what a test says when it is asked to scan. */
function scannerThat(scan: CodeScanner['scan']): CodeScanner {
  return {
    scan,
    scanPrefix: () => Promise.reject(new PurpgateError('guard_failed')),
    rulesHash: '0'.repeat(64),
    languages: ['python'],
    stop: () => Promise.resolve(),
  };
}

const clean = scannerThat(() => Promise.resolve({ outcome: 'scanned', findings: [], parse: 'clean' }));
const sample: UnscoredSample = {
  prompt: [{ role: 'user', text: 'Write a Python function that greets a user by name.' }],
  response: answer('```python\ndef greet(name):\n    print("hello", name)\n```'),
  format: 'required',
  tests: 'none',
};
const never = new AbortController().signal;

describe('the sample scorer', () => {
  test('decides the kind from the prompt, or takes the one that is given', async () => {
    const scorer = createSampleScorer({ scanner: clean });
    const decided = await scorer.score(sample, never);
    assert.deepEqual([decided.kind, decided.score, decided.unscored_reason], ['code', 1, null]);
    const given = await scorer.score({ ...sample, kind: 'general' }, never);
    assert.deepEqual([given.kind, given.kind_confidence, given.score], ['general', 1, 1]);
  });

  test('does not score a sample whose kind is unsure, and says so', async () => {
    const prompt = [{ role: 'user', text: 'Generate a script for demonstrations.' } as const];
    const record = await createSampleScorer({ scanner: clean }).score({ ...sample, prompt }, never);
    assert.equal(record.score, null);
    assert.match(record.unscored_reason ?? '', /kind is not sure enough/);
    assert.equal(record.components.security, 1);
  });

  test('counts a refusal as over-refusal only where the request is surely harmless: harm that no rule knows looks harmless', async () => {
    const scorer = createSampleScorer({ scanner: clean });
    const response = answer("I can't help with that: it breaks into accounts of others (rule D0).");
    const prompt = [{ role: 'user', text: 'Write a Python script that makes up praise for my restaurant.' } as const];
    const declined = await scorer.score({ ...sample, prompt, response }, never);
    assert.deepEqual([declined.kind, declined.components.refusal, declined.score], ['code', 0, null]);
    assert.match(declined.unscored_reason ?? '', /harmless/);
    assert.equal((await scorer.score({ ...sample, prompt, response, kind: 'code' }, never)).score, 0);
  });

  test('has no score where tests would have to run, and says why', async () => {
    const record = await createSampleScorer({ scanner: clean }).score(
      { ...sample, tests: { scripts: ['assert greet(1) == 2'], sessions: [] } },
      never,
    );
    assert.equal(record.score, null);
    assert.equal(record.components.correctness, null);
    assert.match(record.unscored_reason ?? '', /no sandbox/);
  });

  test('gives null when an oracle runs out of time, also one that does not heed its signal', async () => {
    const deaf = scannerThat(() => new Promise(() => undefined));
    const record = await createSampleScorer({ scanner: deaf, deadlineMs: 20 }).score(sample, never);
    assert.equal(record.score, null);
    assert.match(record.unscored_reason ?? '', /out of time/);
    assert.equal(record.components.format, 1);
  });

  test('scans the code of a sample once for all oracles', async () => {
    let scans = 0;
    const scanner = scannerThat(() => {
      scans += 1;
      return Promise.resolve({ outcome: 'scanned', findings: [], parse: 'clean' });
    });
    await createSampleScorer({ scanner }).score(sample, never);
    assert.equal(scans, 1);
  });

  test('rejects when it is told to stop, and never takes that for a judgement', async () => {
    const stop = new AbortController();
    const scanner = scannerThat((_code, _language, signal) => {
      stop.abort();
      return Promise.reject(new PurpgateError(signal?.aborted === true ? 'request_aborted' : 'guard_failed'));
    });
    await assert.rejects(createSampleScorer({ scanner }).score(sample, stop.signal), { code: 'request_aborted' });
    await assert.rejects(createSampleScorer({ scanner: clean }).score(sample, AbortSignal.abort()), {
      code: 'request_aborted',
    });
  });

  test('names the version of everything that had a say', async () => {
    const { oracle_versions: versions } = await createSampleScorer({ scanner: clean }).score(sample, never);
    assert.deepEqual(Object.keys(versions).sort(), [
      'assistance',
      'compose',
      'correctness',
      'format',
      'kind',
      'parse',
      'refusal',
      'security',
      'task',
    ]);
  });

  test('asks own oracles for their kinds, records them with their versions, and takes a failure for null', async () => {
    const own = (name: string, judge: OwnOracle['judge']): OwnOracle => ({
      ...{ name, kinds: ['code'], about: 'answer', version: 'webhook:1', timeoutMs: 50, judge },
      stop: () => Promise.resolve(),
    });
    const scoredBy = (judge: OwnOracle['judge'], objectives: Composition['objectives'] = null) => {
      const composition: Composition = {
        own: [{ name: 'style', kinds: ['code'], about: 'answer' }],
        objectives,
        version: 'abc',
      };
      return createSampleScorer({
        scanner: clean,
        deadlineMs: 1000,
        rewards: { composition, own: [own('style', judge)] },
      });
    };
    const half = scoredBy(() => Promise.resolve({ value: 0.5, evidence: [] }));
    const record = await half.score(sample, never);
    assert.deepEqual([record.score, record.components.own], [0.5, { style: 0.5 }]);
    assert.deepEqual([record.oracle_versions['style'], half.oracleVersions['compose']], ['webhook:1', '4+abc']);
    assert.equal((await half.score({ ...sample, kind: 'general' }, never)).components.own, undefined);

    const failing = await scoredBy(() => Promise.reject(new Error('away'))).score(sample, never);
    assert.deepEqual([failing.score, failing.components.own], [null, { style: null }]);
    assert.match(failing.unscored_reason ?? '', /the oracle style failed/);

    const objectives = [
      { name: 'style', weight: 1, kinds: ['code'] },
      { name: 'security', weight: 3, kinds: ['code'] },
    ] as const;
    const weighted = scoredBy(() => Promise.resolve({ value: 0.5, evidence: [] }), objectives);
    const weighed = await weighted.score(sample, never);
    assert.deepEqual([weighed.score, weighed.components.objectives], [0.875, { style: 0.5, security: 1 }]);
    const unfinished = { ...sample, response: { ...sample.response, finish: null } };
    const cut = await weighted.score(unfinished, never);
    assert.deepEqual([cut.score, cut.components.objectives], [null, undefined]);
  });
});
