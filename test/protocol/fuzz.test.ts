/** A sample of what `npm run campaign:fuzz` tries at length. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fuzzRequest, openFuzzedApp, type FuzzedApp } from '../support/fuzz-request.js';
import { fuzzStream } from '../support/fuzz-stream.js';
import { Mutation } from '../support/mutation.js';

const CASES = 400;

describe('damaged input, in any cut', { timeout: 120_000 }, () => {
  let target: FuzzedApp;
  before(async () => {
    target = await openFuzzedApp();
  });
  after(() => target.app.close());

  test('of a model server is an answer or an error of the upstream', () => {
    const outcomes = new Set(Array.from({ length: CASES }, (_, seed) => fuzzStream(new Mutation(seed))));
    assert.ok(outcomes.has('answer') && outcomes.has('upstream_error'), 'the damage is neither none nor all');
  });

  test('of a client is answered in the shape of its protocol', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < CASES; seed += 1) outcomes.add(await fuzzRequest(target, new Mutation(seed)));
    for (const route of ['/v1/chat/completions', '/v1/responses', '/v1/messages?beta=true', '/v1/completions'])
      assert.ok(outcomes.has(`${route} 400`) && outcomes.has(`${route} stream done`), route);
  });
});
