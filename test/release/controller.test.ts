import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PurpgateError } from '../../src/errors.js';
import { createRegistry, type Registry } from '../../src/registry/registry.js';
import { promoteVersion, releaseCandidates, rollbackVersion } from '../../src/release/controller.js';
import type { Suites } from '../../src/release/evaluation.js';
import { GATE_METRICS, type Outcomes } from '../../src/release/gate.js';
import { readVerdict } from '../../src/release/store.js';
import { createLogger } from '../../src/telemetry.js';
import type { Version, VersionName } from '../../src/types.js';
import { never } from '../contracts/engine.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const AUDIT = { actor: 'tester', reason: 'a reason' };
const POOL = 'shared';

/** 100 prompts per metric, of which so many have what the metric asks for. */
function outcomesOf(counts: Readonly<Record<string, number>> = {}): Outcomes {
  return new Map(
    GATE_METRICS.map(({ name }) => [
      name,
      new Map(Array.from({ length: 100 }, (_, index) => [`prompt-${index}`, index < (counts[name] ?? 50)])),
    ]),
  );
}

describe('the release controller', () => {
  let own: TestDatabase;
  let registry: Registry;
  let base: Version;
  let number = 0;
  beforeEach(async () => {
    own = await createTestDatabase();
    registry = createRegistry(own.database);
    base = await registry.ensureLive({ ...weights(), adapter: null, parent: null }, AUDIT);
  });
  afterEach(() => own.drop());

  const weights = () => ({
    sha256: createHash('sha256').update(`weights ${number++}`).digest('hex'),
    base: 'models/nano',
    pool: POOL,
  });
  const candidate = (parent: VersionName = base.name) =>
    registry.register({ ...weights(), adapter: '/adapters/one', parent }, AUDIT);

  /** Tells what was run. */
  class ScriptedSuites implements Suites {
    readonly digest = 'suites-1';
    readonly runs: VersionName[] = [];
    readonly outcomes = new Map<VersionName, Outcomes | PurpgateError>();

    run({ name }: Version): Promise<Outcomes> {
      this.runs.push(name);
      const outcomes = this.outcomes.get(name) ?? outcomesOf();
      return outcomes instanceof PurpgateError ? Promise.reject(outcomes) : Promise.resolve(outcomes);
    }
  }
  const release = (suites: Suites, signal = never()) =>
    releaseCandidates({ database: own.database, registry, suites, pool: POOL, logger: createLogger('silent') }, signal);
  const stateOf = async (name: VersionName) => (await registry.get(name))?.state;

  test('makes live what the gate passes, and it is the baseline of the next, evaluated once', async () => {
    const suites = new ScriptedSuites();
    const [first, second] = [await candidate(), await candidate()];
    suites.outcomes.set(first.name, outcomesOf({ secure: 70 }));
    suites.outcomes.set(second.name, outcomesOf({ secure: 60 }));
    const releases = await release(suites);
    assert.deepEqual(
      releases?.map(({ version, outcome }) => [version, outcome]),
      [
        [first.name, 'live'],
        [second.name, 'retired'],
      ],
    );
    assert.deepEqual(suites.runs, [base.name, first.name, second.name]);
    assert.equal((await registry.live(POOL))?.name, first.name);
    assert.equal((await readVerdict(own.database, second.name))?.baseline, first.name);
    const history = await registry.history(second.name);
    assert.deepEqual(
      history.map(({ to, actor }) => [to, actor]),
      [
        ['candidate', 'tester'],
        ['evaluated', 'release-controller'],
        ['retired', 'release-controller'],
      ],
    );
    assert.match(history.at(-1)?.reason ?? '', /^the gate stopped it: secure 70\.0 % -> 60\.0 %/);
    assert.deepEqual(await release(suites), []);
  });

  test('leaves a candidate where it is when the suites cannot be run, and goes on at the next call', async () => {
    const suites = new ScriptedSuites();
    const { name } = await candidate();
    suites.outcomes.set(name, new PurpgateError('engine_unavailable'));
    await assert.rejects(release(suites), { code: 'engine_unavailable' });
    assert.equal(await stateOf(name), 'candidate');
    suites.outcomes.set(name, outcomesOf({ secure: 70 }));
    assert.equal((await release(suites))?.[0]?.outcome, 'live');
    assert.deepEqual(suites.runs, [base.name, name, name], 'the baseline was stored');
  });

  test('decides about one that was evaluated by a controller that died', async () => {
    const suites = new ScriptedSuites();
    const { name } = await candidate();
    await registry.transition({ name, to: 'evaluated', ...AUDIT });
    assert.equal((await release(suites))?.[0]?.outcome, 'retired');
    assert.equal(await stateOf(name), 'retired');
  });

  test('works alone: a second one at the same time does nothing', async () => {
    const { name } = await candidate();
    let second: unknown = 'not asked';
    const suites = new ScriptedSuites();
    const releases = await release({
      digest: 'suites-1',
      run: async (version) => {
        if (second === 'not asked') second = await release(suites);
        return suites.run(version);
      },
    });
    assert.equal(second, null);
    assert.equal(releases?.[0]?.version, name);
  });

  test('does not overrule an operator who made another version live meanwhile', async () => {
    const [judged, other] = [await candidate(), await candidate()];
    const suites = new ScriptedSuites();
    suites.outcomes.set(judged.name, outcomesOf({ secure: 70 }));
    const running = release({
      digest: suites.digest,
      run: async (version) => {
        if (version.name === judged.name) await registry.promote({ name: other.name, ...AUDIT });
        return suites.run(version);
      },
    });
    await assert.rejects(running, { code: 'invalid_request' });
    assert.equal((await registry.live(POOL))?.name, other.name);
  });

  test('stops between two steps when it is asked to', async () => {
    const { name } = await candidate();
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(release(new ScriptedSuites(), stop.signal), { code: 'request_aborted' });
    assert.equal(await stateOf(name), 'candidate');
  });

  describe('an operator', () => {
    const promote = (name: VersionName, force = false) =>
      promoteVersion({ database: own.database, registry }, { name, force, ...AUDIT });

    test('promotes nothing that the gate has not judged or has stopped, but by force, which is recorded', async () => {
      const { name } = await candidate();
      await assert.rejects(promote(name), { code: 'invalid_request', message: /the gate has not judged it/ });
      await release(new ScriptedSuites());
      await assert.rejects(promote(name), { code: 'invalid_request', message: /the gate stopped it: secure/ });
      assert.equal((await promote(name, true)).state, 'live');
      assert.equal((await registry.history(name)).at(-1)?.reason, 'a reason (forced past the gate)');
      await assert.rejects(promote('purp@000000000000'), { code: 'model_not_found' });
    });

    test('promotes what the gate passed only against the version that is live', async () => {
      const suites = new ScriptedSuites();
      const [first, second] = [await candidate(), await candidate()];
      suites.outcomes.set(first.name, outcomesOf({ secure: 70 }));
      suites.outcomes.set(second.name, outcomesOf({ secure: 90 }));
      await release(suites);
      await assert.rejects(promote(first.name), { code: 'invalid_request', message: /was compared with/ });
      assert.equal((await registry.live(POOL))?.name, second.name);
    });

    test('rolls back to the parent, and to nothing that has not served', async () => {
      const first = await candidate();
      const second = await candidate(first.name);
      await promote(first.name, true);
      await promote(second.name, true);
      const never = await candidate(second.name);
      await registry.transition({ name: never.name, to: 'retired', ...AUDIT });
      const rollback = (to: VersionName | null) => rollbackVersion(registry, { pool: POOL, to, ...AUDIT });
      await assert.rejects(rollback(never.name), { code: 'invalid_request', message: /cannot serve again/ });
      assert.equal((await rollback(null)).name, first.name);
      assert.equal(await stateOf(second.name), 'rolled-back');
      await assert.rejects(promote(second.name, true), { code: 'invalid_request' });
      assert.equal((await rollback(base.name)).name, base.name);
      await assert.rejects(rollback(null), { code: 'invalid_request', message: /has no parent/ });
      await assert.rejects(rollbackVersion(registry, { pool: 'none', to: null, ...AUDIT }), {
        code: 'model_not_found',
      });
    });
  });
});
