import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { PurpgateError } from '../../src/errors.js';
import { createRegistry, versionName, type NewVersion, type Registry } from '../../src/registry/registry.js';
import { VERSION_STATES, nextState } from '../../src/registry/state.js';
import type { VersionState } from '../../src/types.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const audit = { actor: 'tester', reason: 'a reason' };

let number = 0;
/** Other weights each time. */
function weights(pool: string, more: Partial<NewVersion> = {}): NewVersion {
  const sha256 = createHash('sha256').update(`weights ${number++}`).digest('hex');
  return { sha256, base: 'models/nano', adapter: null, parent: null, pool, ...more };
}

describe('registry', () => {
  let own: TestDatabase;
  let registry: Registry;
  before(async () => {
    own = await createTestDatabase();
    registry = createRegistry(own.database);
  });
  after(() => own.drop());

  /** A version that has come to the state along the shortest legal way. */
  async function versionIn(pool: string, ...states: VersionState[]) {
    const { name } = await registry.register(weights(pool), audit);
    for (const to of states) await registry.transition({ name, to, ...audit });
    return name;
  }
  const stateOf = async (name: Parameters<Registry['get']>[0]) => (await registry.get(name))?.state;

  test('names a version after its weights, and gives it back as it was registered', async () => {
    const parent = await versionIn('names');
    const given = weights('names', { adapter: '/artifacts/adapter.safetensors', parent });
    const version = await registry.register(given, audit);
    assert.equal(version.name, `purp@${given.sha256.slice(0, 12)}`);
    assert.deepEqual(await registry.get(version.name), {
      ...given,
      name: version.name,
      state: 'candidate',
      createdAt: version.createdAt,
    });
    assert.equal(await registry.get('purp@000000000000'), null);
  });

  test('takes the same weights once, and refuses them for another pool', async () => {
    const given = weights('same');
    const versions = await Promise.all(Array.from({ length: 5 }, () => registry.register(given, audit)));
    assert.equal(new Set(versions.map(({ name }) => name)).size, 1);
    assert.equal((await registry.list({ pool: 'same' })).length, 1);
    assert.equal((await registry.history(versionName(given.sha256))).length, 1);
    await assert.rejects(registry.register({ ...given, pool: 'other' }, audit), { code: 'invalid_request' });
  });

  test('records each step with who and why', async () => {
    const name = await versionIn('history', 'evaluated', 'canary', 'rolled-back');
    const history = await registry.history(name);
    assert.deepEqual(
      history.map(({ from, to, actor, reason }) => ({ from, to, actor, reason })),
      [
        { from: null, to: 'candidate', ...audit },
        { from: 'candidate', to: 'evaluated', ...audit },
        { from: 'evaluated', to: 'canary', ...audit },
        { from: 'canary', to: 'rolled-back', ...audit },
      ],
    );
    assert.ok(history.every(({ at }) => at instanceof Date));
  });

  test('allows exactly the legal steps, and leaves no trace of a refused one', async () => {
    const ways: Record<VersionState, VersionState[]> = {
      candidate: [],
      evaluated: ['evaluated'],
      canary: ['evaluated', 'canary'],
      live: ['evaluated', 'live'],
      retired: ['retired'],
      'rolled-back': ['evaluated', 'canary', 'rolled-back'],
    };
    for (const from of VERSION_STATES)
      for (const to of VERSION_STATES) {
        const name = await versionIn(`${from}-${to}`, ...ways[from]);
        const before = await registry.history(name);
        const step = registry.transition({ name, to, ...audit });
        if (nextState(from, to) === null) {
          await assert.rejects(step, { code: 'invalid_request' });
          assert.equal(await stateOf(name), from);
          assert.deepEqual(await registry.history(name), before);
        } else assert.equal((await step).state, to);
      }
  });

  test('refuses to change what is not there', async () => {
    await assert.rejects(registry.transition({ name: 'purp@000000000000', to: 'live', ...audit }), {
      code: 'model_not_found',
    });
  });

  test('retires what a new live version or canary displaces, in its own pool alone, and can bring it back', async () => {
    const elsewhere = await versionIn('elsewhere', 'evaluated', 'live');
    const first = await versionIn('swap', 'evaluated', 'live');
    const second = await versionIn('swap', 'evaluated', 'canary');
    const third = await versionIn('swap', 'evaluated', 'canary');
    assert.equal(await stateOf(second), 'retired');
    await registry.transition({ name: third, to: 'live', ...audit });
    assert.equal(await stateOf(first), 'retired');
    assert.equal((await registry.live('swap'))?.name, third);
    assert.equal((await registry.history(first)).at(-1)?.reason, `displaced by ${third}: a reason`);
    await registry.transition({ name: third, to: 'rolled-back', ...audit });
    assert.equal(await registry.live('swap'), null);
    await registry.transition({ name: first, to: 'live', ...audit });
    assert.equal((await registry.live('swap'))?.name, first);
    assert.equal((await registry.live('elsewhere'))?.name, elsewhere);
  });

  test('has one live version and one canary at most, whatever is asked for at once', async () => {
    let run = 0;
    const step = fc.record({ version: fc.nat(3), to: fc.constantFrom(...VERSION_STATES) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
        const pool = `race-${run++}`;
        const names = await Promise.all(Array.from({ length: 4 }, () => versionIn(pool, 'evaluated')));
        const outcomes = await Promise.allSettled(
          steps.map(({ version, to }) => registry.transition({ name: names[version] ?? 'purp@', to, ...audit })),
        );
        for (const one of outcomes)
          assert.ok(
            one.status === 'fulfilled' ||
              (one.reason instanceof PurpgateError && one.reason.code === 'invalid_request'),
          );
        for (const state of ['live', 'canary'] as const) assert.ok((await registry.list({ pool, state })).length <= 1);
      }),
      { numRuns: 10 },
    );
  });

  test('makes a shipped checkpoint live once, however many start at once, and follows an update of it', async () => {
    const shipped = weights('shipped');
    const all = await Promise.all(Array.from({ length: 4 }, () => registry.ensureLive(shipped, audit)));
    assert.ok(all.every(({ state, name }) => state === 'live' && name === versionName(shipped.sha256)));
    assert.deepEqual(
      (await registry.history(versionName(shipped.sha256))).map(({ to }) => to),
      ['candidate', 'evaluated', 'live'],
    );
    const update = weights('shipped');
    await registry.ensureLive(update, audit);
    assert.equal(await stateOf(versionName(shipped.sha256)), 'retired');
    assert.equal((await registry.live('shipped'))?.sha256, update.sha256);
  });

  test('keeps an adapter live over a restart, as long as it goes back to the shipped checkpoint', async () => {
    const shipped = weights('restart');
    const { name: base } = await registry.ensureLive(shipped, audit);
    const first = await registry.register(weights('restart', { adapter: '/adapters/1', parent: base }), audit);
    const second = await registry.register(weights('restart', { adapter: '/adapters/2', parent: first.name }), audit);
    await registry.promote({ name: second.name, ...audit });
    assert.equal((await registry.ensureLive(shipped, audit)).name, second.name);
    assert.equal((await registry.live('restart'))?.name, second.name);
    const update = await registry.ensureLive(weights('restart'), audit);
    assert.equal((await registry.live('restart'))?.name, update.name, 'an adapter of other weights cannot be served');
    assert.equal(await stateOf(second.name), 'retired');
  });

  test('promotes through all steps, only over the version that is to be displaced, and once', async () => {
    const live = await versionIn('promote', 'evaluated', 'live');
    const other = await versionIn('promote');
    const name = await versionIn('promote');
    await assert.rejects(registry.promote({ name, displaces: other, ...audit }), { code: 'invalid_request' });
    assert.equal(await stateOf(name), 'candidate');
    assert.equal((await registry.promote({ name, displaces: live, ...audit })).state, 'live');
    await registry.promote({ name, ...audit });
    assert.deepEqual(
      (await registry.history(name)).map(({ to }) => to),
      ['candidate', 'evaluated', 'live'],
    );
  });

  test('rolls a live version back to its parent in one step, and refuses where there is nothing to go back to', async () => {
    const parent = await versionIn('rollback', 'evaluated', 'live');
    const { name } = await registry.register(weights('rollback', { parent }), audit);
    await assert.rejects(registry.rollback({ name, ...audit }), {
      code: 'invalid_request',
      message: /only a live one/,
    });
    await registry.promote({ name, ...audit });
    assert.equal((await registry.rollback({ name, ...audit })).name, parent);
    assert.equal(await stateOf(name), 'rolled-back');
    assert.equal((await registry.live('rollback'))?.name, parent);
    assert.equal((await registry.history(parent)).at(-1)?.reason, `${name} was rolled back: a reason`);
    await assert.rejects(registry.rollback({ name: parent, ...audit }), { code: 'invalid_request' });
    await assert.rejects(registry.rollback({ name: parent, to: name, ...audit }), { code: 'invalid_request' });
    const elsewhere = await versionIn('rollback-elsewhere', 'evaluated', 'live');
    await assert.rejects(registry.rollback({ name: parent, to: elsewhere, ...audit }), { code: 'model_not_found' });
    assert.equal((await registry.live('rollback'))?.name, parent);
  });
});
