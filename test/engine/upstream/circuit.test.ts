import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Circuit } from '../../../src/engine/upstream/circuit.js';
import { RetryBudget } from '../../../src/engine/upstream/retry-budget.js';

describe('the circuit of an upstream', () => {
  const start = () => {
    const clock = { now: 1000 };
    const circuit = new Circuit(() => clock.now);
    const attempt = (end: 'succeeded' | 'failed' | 'left') => {
      circuit.begin();
      circuit[end]();
    };
    const fail = (times: number) => {
      for (let turn = 0; turn < times; turn++) attempt('failed');
    };
    return { clock, circuit, attempt, fail };
  };

  test('opens after three failures in a row, not after three that a success parts', () => {
    const { circuit, attempt, fail } = start();
    fail(2);
    attempt('succeeded');
    fail(2);
    assert.equal(circuit.isAvailable, true);
    fail(1);
    assert.equal(circuit.isAvailable, false);
  });

  test('lets one request try after its time, closes when that succeeds and opens for twice as long when it fails', () => {
    const { clock, circuit, attempt, fail } = start();
    fail(3);
    clock.now += 5000;
    assert.equal(circuit.isAvailable, true);
    circuit.begin();
    assert.equal(circuit.isAvailable, false, 'one at a time');
    circuit.failed();
    clock.now += 9999;
    assert.equal(circuit.isAvailable, false);
    clock.now += 1;
    circuit.begin();
    circuit.left();
    assert.equal(circuit.isAvailable, true, 'a trial that was left says nothing');
    attempt('succeeded');
    circuit.begin();
    assert.equal(circuit.isAvailable, true, 'closed');
  });

  test('does not stay open longer for the failures of what was under way when it opened', () => {
    const { clock, circuit, fail } = start();
    fail(64);
    clock.now += 5000;
    assert.equal(circuit.isAvailable, true);
  });

  test('rests as long as the upstream asks, a minute at most, and while health checks fail', () => {
    const { clock, circuit } = start();
    circuit.throttled(3600);
    clock.now += 59_999;
    assert.equal(circuit.isAvailable, false);
    clock.now += 1;
    assert.equal(circuit.isAvailable, true);
    circuit.checked(false);
    assert.equal(circuit.isAvailable, true, 'one check is chance');
    circuit.checked(false);
    assert.equal(circuit.isAvailable, false);
    circuit.checked(true);
    assert.equal(circuit.isAvailable, true);
  });

  test('is available again within five minutes, whatever has happened', () => {
    const step = fc.tuple(fc.constantFrom('succeeded', 'failed', 'left', 'throttled'), fc.nat(20_000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (history) => {
        const { clock, circuit } = start();
        for (const [event, pause] of history) {
          circuit.begin();
          if (event === 'throttled') circuit.throttled(pause);
          else circuit[event]();
          clock.now += pause;
        }
        clock.now += 300_000;
        assert.equal(circuit.isAvailable, true);
      }),
    );
  });
});

describe('the budget of retries', () => {
  test('is a fifth of the requests of ten seconds and a hundred, and comes back with time', () => {
    const clock = { now: 0 };
    const budget = new RetryBudget(() => clock.now);
    for (let turn = 0; turn < 1000; turn++) budget.note();
    const taken = () => Array.from({ length: 1000 }, () => budget.take()).filter(Boolean).length;
    assert.equal(taken(), 300);
    clock.now += 9999;
    assert.equal(taken(), 0);
    clock.now += 1;
    assert.equal(taken(), 100);
  });
});
