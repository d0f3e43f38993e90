import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, test, type TestContext } from 'node:test';
import { loadConfig } from '../../src/config.js';
import { buildEngines } from '../../src/engine/build.js';
import { createReload } from '../../src/engine/reload.js';
import type { CodeScanner } from '../../src/guard/code/scanner.js';
import { Guards } from '../../src/guard/guards.js';
import { createServing } from '../../src/serve/serving.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Delta } from '../../src/types.js';
import { never } from '../contracts/engine.js';
import { collect, Scene, from } from '../serve/scene.js';
import { afterwards, temporaryFolder } from '../support/folder.js';
import { CALLER, REQUEST } from '../support/request.js';
import { completion, startScriptedUpstream, steps, textDeltas, type Script } from '../support/scripted-upstream.js';

const BUILT_IN_NAMES = ['default', 'strict', 'observe'];

/** Nothing is scanned here. */
const SCANNER = { rulesHash: 'r', languages: [] as string[] } as unknown as CodeScanner;

/** Serving over the pools of a file that the test writes. */
async function scene(t: TestContext, text: string, policyText = '{}') {
  const file = join(await temporaryFolder(t), 'engines.yaml');
  const policiesFile = `${file}.policies`;
  await writeFile(file, text);
  await writeFile(policiesFile, policyText);
  const config = loadConfig({ ENGINES_FILE: file, POLICIES_FILE: policiesFile, MODEL_ALIASES: 'small' });
  const [logger, metrics] = [createLogger('silent'), createMetrics()];
  const engines = buildEngines({ config, logger, metrics });
  afterwards(t, () => engines.stop());
  await engines.start(never());
  const guards = new Guards({ config, scanner: SCANNER, logger, metrics });
  const { reload, configHash } = createReload({ config, engines, policies: guards, logger, signal: never() });
  const { parts, recorded } = new Scene(() => from([]));
  const serving = createServing({
    ...parts,
    models: engines.models,
    get configHash() {
      return configHash();
    },
  });
  return {
    engines,
    metrics,
    configHash,
    recorded,
    ask: (model = 'm') => serving.complete({ ...REQUEST, model }, CALLER, never()).deltas,
    guards,
    rewrite: async (next: string, nextPolicies = policyText) => {
      await writeFile(file, next);
      await writeFile(policiesFile, nextPolicies);
      return reload('test');
    },
  };
}

async function upstream(t: TestContext, script: Script) {
  const started = await startScriptedUpstream(script);
  afterwards(t, () => started.stop());
  return started;
}

const pool = (name: string, url: string, fields = '') =>
  `  ${name}: { model: m, upstreams: [{ url: '${url}' }]${fields} }\n`;
const file = (...pools: readonly string[]) => `engines:\n${pools.join('')}`;
const textOf = (deltas: readonly Delta[]) => deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('');

describe('a reload of the engines', () => {
  test('serves new requests by what is new, and lets those in flight end on what they began with', async (t) => {
    let goOn: () => void = () => undefined;
    const wait = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const old = await upstream(t, {
      steps: [...steps(textDeltas('old ')), { wait }, ...completion('answer')],
    });
    const fresh = await upstream(t, { steps: completion('new answer') });
    const { engines, ask, rewrite, recorded, configHash, metrics } = await scene(t, file(pool('a', old.url)));
    const before = configHash();
    t.after(goOn);
    const slow = ask()[Symbol.asyncIterator]();
    const first = await slow.next();
    const [retired] = engines.models.engines;

    const reloaded = await rewrite(file(pool('b', fresh.url, ', serves: [m, other]')));
    assert.deepEqual(reloaded, {
      added: ['b'],
      removed: ['a'],
      kept: [],
      policies: BUILT_IN_NAMES,
      configHash: configHash(),
    });
    assert.notEqual(configHash(), before);
    for (const model of ['m', 'other', 'small']) assert.equal(textOf(await collect(ask(model))), 'new answer');
    assert.equal(retired?.health(), 'ready', 'it is used');

    goOn();
    const rest: Delta[] = [];
    for (let next = await slow.next(); next.done !== true; next = await slow.next()) rest.push(next.value);
    assert.equal(textOf([...(first.done === true ? [] : [first.value]), ...rest]), 'old answer');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(retired.health(), 'stopped', 'nobody uses it any more');
    let shown = await metrics.registry.metrics();
    while (shown.includes('purpgate_upstream_available{pool="a"')) {
      await delay(10);
      shown = await metrics.registry.metrics();
    }
    assert.ok(shown.includes(`purpgate_upstream_available{pool="b",upstream="${fresh.url}"} 1`));
    const hashes = recorded.map(({ record }) => (record.value as { config_hash: string }).config_hash);
    assert.deepEqual(hashes, [configHash(), configHash(), configHash(), before]);
  });

  test('keeps a pool that is the same, with all it knows', async (t) => {
    const well = await upstream(t, { steps: completion('ok') });
    const { engines, ask, rewrite } = await scene(t, file(pool('a', well.url)));
    const [kept] = engines.models.engines;
    const reloaded = await rewrite(file(pool('a', well.url), pool('b', well.url, ', serves: [x]')));
    assert.deepEqual([reloaded.added, reloaded.removed, reloaded.kept], [['b'], [], ['a']]);
    assert.equal(engines.models.engineOf('m'), kept);
    assert.equal(textOf(await collect(ask('x'))), 'ok');
  });

  test('swaps engines and policies together, or neither', async (t) => {
    const well = await upstream(t, { steps: completion('ok') });
    const careful = 'policies: { careful: { extends: strict } }\nuse: [{ policy: careful, model: small }]';
    const { guards, rewrite, configHash, engines } = await scene(t, file(pool('a', well.url)));
    const scope = { tenant: 't', keyId: 'k', models: ['m', 'small'] };
    const inFlight = guards.of(scope);
    const [hash, pools] = [configHash(), engines.pools];
    for (const [enginesText, policiesText, message] of [
      [file(pool('b', well.url)), `${careful}\nmore: 1`, /^more: is not known/],
      [file(pool('b', 'ftp://b')), careful, /^engines\.b\.upstreams/],
    ] as const) {
      await assert.rejects(rewrite(enginesText, policiesText), { code: 'setting_invalid', publicMessage: message });
      assert.deepEqual([configHash(), engines.pools, guards.of(scope)], [hash, pools, inFlight]);
    }
    const { policies, kept } = await rewrite(file(pool('a', well.url)), careful);
    assert.deepEqual([policies, kept], [[...BUILT_IN_NAMES, 'careful'], ['a']]);
    assert.notEqual(configHash(), hash);
    assert.equal(guards.of(scope).policy.name, 'careful');
    assert.equal(inFlight.policy.name, 'default', 'a request ends on the policy that it began with');
  });

  for (const [what, text, message] of [
    ['has a mistake', file(pool('a', 'ftp://b')), /^engines\.a\.upstreams\[0\]\.url: expected a URL/],
    ['claims an alias twice', file(pool('a', 'http://a:1'), pool('b', 'http://b:1', ', serves: [small]')), /"small"/],
  ] as const)
    test(`changes nothing where the file ${what}, and says so`, async (t) => {
      const well = await upstream(t, { steps: completion('ok') });
      const { engines, ask, rewrite, configHash, metrics } = await scene(t, file(pool('a', well.url)));
      const [before, hash] = [engines.models.entries, configHash()];
      await assert.rejects(rewrite(text), { code: 'setting_invalid', publicMessage: message });
      assert.deepEqual([engines.models.entries, configHash()], [before, hash]);
      assert.equal(textOf(await collect(ask())), 'ok');
      assert.ok(!(await metrics.registry.metrics()).includes('http://b:1'));
    });

  test('is refused where no file is named', async (t) => {
    const config = loadConfig({ UPSTREAM_URL: 'http://a:1/v1', UPSTREAM_MODEL: 'm' });
    const engines = buildEngines({ config, logger: createLogger('silent'), metrics: createMetrics() });
    afterwards(t, () => engines.stop());
    await assert.rejects(engines.reload(never()), { code: 'setting_invalid' });
  });
});
