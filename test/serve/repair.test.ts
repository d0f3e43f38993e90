import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { GenerateRequest } from '../../src/engine/engine.js';
import { ModelTable } from '../../src/engine/models.js';
import { type CodeScanner, createCodeScanner } from '../../src/guard/code/scanner.js';
import { createGuard } from '../../src/guard/create.js';
import { type BuiltInPolicy, type Policy, policyOf } from '../../src/guard/policy.js';
import { PurpgateError } from '../../src/errors.js';
import { createServing } from '../../src/serve/serving.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { CompletionRequest, Delta } from '../../src/types.js';
import { collect, finish, textDeltas, textOf } from '../support/deltas.js';
import { assertNothingLeaked, assertNotice, SAFE, verdictsOf, VULNERABLE } from '../support/output-guard.js';
import { CALLER, REQUEST } from '../support/request.js';
import { from, Scene } from './scene.js';

const fenced = (code: string): string => `Here it is:\n\n\`\`\`python\n${code}\`\`\`\n`;
const spent = (completionTokens: number): Delta => ({
  type: 'usage',
  usage: { promptTokens: 10, completionTokens, reasoningTokens: 0 },
});
const answer = (text: string, tokens = 20): Delta[] => [...textDeltas([text]), finish(), spent(tokens)];
const WHOLE: CompletionRequest = { ...REQUEST, delivery: 'whole' };

let scanner: CodeScanner;
before(async () => {
  scanner = await createCodeScanner({ deadlineMs: 10_000 });
});
after(() => scanner.stop());

interface Script {
  readonly policy?: BuiltInPolicy;
  readonly repair?: boolean;
  /** In place of the policy's own. */
  readonly code?: Policy['code'];
  readonly rules?: Policy['rules'];
  /** What the engine answers, call by call. */
  readonly answers: readonly (readonly Delta[] | PurpgateError)[];
}

/** A scene under the real output guard, and what the engine was asked. */
function sceneOf({ policy = 'default', repair = true, answers, code, rules }: Script) {
  const built = policyOf(policy);
  const asked: GenerateRequest[] = [];
  const guard = createGuard({
    policy: { ...built, repair, code: code ?? built.code, rules: rules ?? built.rules },
    scanner,
    metrics: createMetrics(),
    logger: createLogger('silent'),
  });
  const next = async function* (_signal: AbortSignal, request: GenerateRequest): AsyncGenerator<Delta> {
    asked.push(request);
    const script = answers[asked.length - 1] ?? new PurpgateError('engine_unavailable');
    if (script instanceof Error) throw script;
    yield* from(script);
  };
  return { asked, scene: new Scene(next, { output: (...given) => guard.output(...given), repairs: guard.repairs }) };
}

describe('code that was withheld, with repair on', () => {
  test('is replaced by a second answer in which nothing is found', async () => {
    const { asked, scene } = sceneOf({ answers: [answer(fenced(VULNERABLE)), answer(fenced(SAFE), 30)] });
    const deltas = await collect(scene.complete(WHOLE).deltas);
    assert.equal(textOf(deltas), fenced(SAFE));
    assertNothingLeaked(deltas);
    assert.deepEqual(
      verdictsOf(deltas)
        .map(({ action }) => action)
        .slice(0, 1),
      ['repair'],
    );
    const [, second] = asked;
    assert.ok(second);
    assert.deepEqual(second.messages.slice(0, -2), WHOLE.messages);
    assert.deepEqual(second.messages.at(-2), { role: 'assistant', content: fenced(VULNERABLE), toolCalls: [] });
    assert.equal(second.messages.at(-1)?.content, 'Make it safe (CWE-89).');
    assert.equal(second.sampling.maxTokens, 256);
  });

  test('is asked for with the advice of the rule where the model is a foreign one', async () => {
    const { asked, scene } = sceneOf({ answers: [answer(fenced(VULNERABLE)), answer(fenced(SAFE), 30)] });
    const engine = { ...scene.engine, model: { ...scene.engine.model, version: null } };
    const models = new ModelTable([{ engine, ids: ['model'] }]);
    const serving = createServing({ ...scene.parts, models });
    assert.equal(
      textOf(await collect(serving.complete(WHOLE, CALLER, new AbortController().signal).deltas)),
      fenced(SAFE),
    );
    assert.match(
      asked[1]?.messages.at(-1)?.content ?? '',
      /^Make it safe \(CWE-89\)\.\n\n- A SQL statement .* parameters/,
    );
  });

  test('costs both answers, and the record keeps the first as what the model wrote', async () => {
    const { scene } = sceneOf({ answers: [answer(fenced(VULNERABLE)), answer(fenced(SAFE), 30)] });
    const deltas = await collect(scene.complete(WHOLE).deltas);
    assert.deepEqual(deltas.at(-1), {
      type: 'usage',
      usage: { promptTokens: 20, completionTokens: 50, reasoningTokens: 0 },
    });
    const { raw, served, usage } = scene.event as Record<string, unknown> & { raw: { content: string }[] };
    assert.equal(raw[0]?.content, fenced(VULNERABLE));
    assert.equal((served as { content: string }[])[0]?.content, fenced(SAFE));
    assert.deepEqual(usage, { prompt_tokens: 20, completion_tokens: 50 });
  });

  for (const [name, second] of [
    ['is as weak', answer(fenced(VULNERABLE))],
    ['has no code', answer('I cannot do that.')],
    ['breaks off', [...textDeltas([fenced(SAFE)]), finish('length'), spent(30)]],
    ['fails', new PurpgateError('upstream_error')],
  ] as const)
    test(`stays withheld where the second answer ${name}, and no third is asked for`, async () => {
      const { asked, scene } = sceneOf({ answers: [answer(fenced(VULNERABLE)), second] });
      const deltas = await collect(scene.complete(WHOLE).deltas);
      assertNotice(textOf(deltas));
      assertNothingLeaked(deltas);
      assert.equal(asked.length, 2);
    });

  for (const [name, request, policy] of [
    ['of an answer that streams and lets statements go', { ...WHOLE, delivery: 'stream' }, 'default'],
    ['of one of several choices', { ...WHOLE, sampling: { ...WHOLE.sampling, choices: 2 } }, 'default'],
    ['of an answer bound to a schema', { ...WHOLE, responseFormat: { type: 'json_object' } }, 'default'],
  ] as const)
    test(`stays withheld as a part ${name}`, async () => {
      const { asked, scene } = sceneOf({ policy, answers: [answer(fenced(VULNERABLE)), answer(fenced(SAFE))] });
      assertNotice(textOf(await collect(scene.complete(request).deltas)));
      assert.equal(asked.length, 1);
    });

  test('is repaired in a stream too where code is let go by block', async () => {
    const { scene } = sceneOf({ policy: 'strict', answers: [answer(fenced(VULNERABLE)), answer(fenced(SAFE))] });
    assert.equal(textOf(await collect(scene.complete({ ...WHOLE, delivery: 'stream' }).deltas)), fenced(SAFE));
  });

  test('is only withheld while repair is off', async () => {
    const { asked, scene } = sceneOf({ repair: false, answers: [answer(fenced(VULNERABLE)), answer(fenced(SAFE))] });
    assertNotice(textOf(await collect(scene.complete(WHOLE).deltas)));
    assert.equal(asked.length, 1);
  });

  test('a clean answer is asked for once', async () => {
    const { asked, scene } = sceneOf({ answers: [answer(fenced(SAFE))] });
    assert.equal(textOf(await collect(scene.complete(WHOLE).deltas)), fenced(SAFE));
    assert.equal(asked.length, 1);
  });
});

describe('repair by severity and by rule', () => {
  const BLOCK = { high: 'block', medium: 'block', low: 'annotate' } as const;
  const answers = [answer(fenced(VULNERABLE)), answer(fenced(SAFE))];

  test('is done for the severity that says so', async () => {
    const { scene } = sceneOf({ repair: false, code: { ...BLOCK, high: 'repair' }, answers });
    assert.equal(textOf(await collect(scene.complete(WHOLE).deltas)), fenced(SAFE));
  });

  test('is not done for another severity', async () => {
    const { asked, scene } = sceneOf({ repair: false, code: { ...BLOCK, medium: 'repair' }, answers });
    const deltas = await collect(scene.complete(WHOLE).deltas);
    assertNotice(textOf(deltas));
    assert.equal(asked.length, 1);
    assert.equal(verdictsOf(deltas)[0]?.action, 'block');
  });

  test('goes by the rule before the severity', async () => {
    const rules = { 'python/sql-injection': 'repair' } as const;
    const { scene } = sceneOf({ repair: false, code: BLOCK, rules, answers });
    assert.equal(textOf(await collect(scene.complete(WHOLE).deltas)), fenced(SAFE));
    const blocked = { 'python/sql-injection': 'block' } as const;
    const other = sceneOf({ repair: false, code: { ...BLOCK, high: 'repair' }, rules: blocked, answers });
    assertNotice(textOf(await collect(other.scene.complete(WHOLE).deltas)));
  });

  test('is told as a block while it was not done, with what was wanted in the finding', async () => {
    const code = { ...BLOCK, high: 'repair' } as const;
    const { scene } = sceneOf({ repair: false, code, answers: [answer(fenced(VULNERABLE)), answer('No.')] });
    const [verdict] = verdictsOf(await collect(scene.complete(WHOLE).deltas));
    assert.deepEqual([verdict?.action, verdict?.findings[0]?.action], ['block', 'repair']);
  });
});
