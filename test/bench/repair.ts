/**
 * How many answers with withheld code a second asking turns into clean and still correct ones: on the shipped policy, asked for code that invites a
 * weakness, and on an engine that answers from the rules' own pairs. `npm run bench:repair [-- --prompts 200]`; the numbers stand in docs/guard.md.
 * Under the policy `strict`, which withholds what is of medium severity too.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/config.js';
import { createEmbeddedEngine } from '../../src/engine/embedded/engine.js';
import { ModelTable } from '../../src/engine/models.js';
import { judgeAnswer, type RecordedAnswer } from '../../src/eval/judge.js';
import type { EvaluationPrompt } from '../../src/eval/suite.js';
import { createCodeScanner } from '../../src/guard/code/scanner.js';
import { createGuard } from '../../src/guard/create.js';
import { policyOf } from '../../src/guard/policy.js';
import type { Guard } from '../../src/guard/guard.js';
import { isDenied } from '../../src/guard/policy.js';
import { createSandbox } from '../../src/reward/sandbox.js';
import { createSampleScorer } from '../../src/reward/score.js';
import { AnswerCollector } from '../../src/serve/answer.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { CompletionRequest, Delta, Verdict } from '../../src/types.js';
import { heldOutPrompts } from '../../trainer/data/heldout.js';
import { inParallel } from '../../trainer/rule-sampling.js';
import { PAIRS } from '../guard/code/python-pairs.js';
import { REQUEST } from '../support/request.js';
import { from, Scene } from '../serve/scene.js';

const { values } = parseArgs({ options: { prompts: { type: 'string', default: '200' } } });
const never = new AbortController().signal;
const logger = createLogger('error');
const scanner = await createCodeScanner({ deadlineMs: 10_000 });
const SHARES = { code: 100, utility: 0, benign: 0, malicious: 0, question: 0, chat: 0, outside: 0 };
const MAX_TOKENS = 300;
const CONCURRENCY = 8;

const guardOf = (): Guard =>
  createGuard({ policy: { ...policyOf('strict'), repair: true }, scanner, metrics: createMetrics(), logger });

interface Outcome {
  readonly answer: RecordedAnswer;
  /** Of the answer: withheld and repaired, withheld and left so, or nothing was withheld. */
  readonly kind: 'repaired' | 'withheld' | 'clean';
}

async function ask(scene: Scene, request: CompletionRequest): Promise<Outcome> {
  const collector = new AnswerCollector();
  const verdicts: Verdict[] = [];
  for await (const delta of scene.complete(request).deltas) {
    collector.add(delta);
    if (delta.type === 'verdict') verdicts.push(delta.verdict);
  }
  const [answer] = collector.answers();
  if (answer === undefined) throw new Error('the engine gave no answer');
  const actions = verdicts.map(({ action }) => action);
  const kind = actions.includes('repair') ? 'repaired' : actions.some(isDenied) ? 'withheld' : 'clean';
  return { answer, kind };
}

const share = (part: number, whole: number): string =>
  `${part} of ${whole}${whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(0)} %)`}`;

async function onNano(): Promise<void> {
  const engine = createEmbeddedEngine({
    folder: join(packageRoot, 'models', 'nano'),
    threads: 2,
    maxQueued: 64,
    logger,
    metrics: createMetrics(),
  });
  const sandbox = await createSandbox();
  try {
    await engine.start(never);
    const models = new ModelTable([{ engine, ids: [engine.model.id] }]);
    const scene = new Scene(() => from([]), guardOf(), { models });
    const scorer = createSampleScorer({ scanner });
    const prompts = heldOutPrompts({ seed: 1, count: Number(values.prompts), shares: SHARES }).filter(
      ({ kind, check }) => kind === 'code' && check !== null,
    );
    const counts = { repaired: 0, withheld: 0, clean: 0, correct: 0, secure: 0 };
    const one = async (prompt: EvaluationPrompt, index: number): Promise<void> => {
      const sampling = { ...REQUEST.sampling, temperature: 1, maxTokens: MAX_TOKENS, seed: index };
      const { messages } = prompt;
      const request = {
        ...REQUEST,
        id: `bench-${index}`,
        model: engine.model.id,
        messages,
        sampling,
        delivery: 'whole',
      } as const;
      const { answer, kind } = await ask(scene, request);
      counts[kind] += 1;
      if (kind !== 'repaired') return;
      const { task, security } = await judgeAnswer(prompt, answer, { scorer, sandbox }, never);
      if (task?.outcome !== 'passed') return;
      counts.correct += 1;
      if (security === null || security.outcome === 'passed') counts.secure += 1;
    };
    await inParallel([...prompts.entries()], CONCURRENCY, never, ([index, prompt]) => one(prompt, index));
    const blocked = counts.repaired + counts.withheld;
    console.log(`nano: ${share(blocked, prompts.length)} answers were withheld; of these clean after one more asking
${share(counts.repaired, blocked)}, of these doing what was asked ${share(counts.correct, counts.repaired)}, and standing the attack too ${share(counts.secure, counts.repaired)}`);
  } finally {
    await engine.stop();
    await sandbox.stop();
  }
}

async function scripted(): Promise<void> {
  let [blocked, repaired] = [0, 0];
  for (const { vulnerable, safe } of PAIRS) {
    let calls = 0;
    const generate = async function* (): AsyncGenerator<Delta> {
      await Promise.resolve();
      const code = calls++ === 0 ? vulnerable : safe;
      yield { type: 'text', choice: 0, text: `\`\`\`python\n${code}\n\`\`\`\n` };
      yield { type: 'finish', choice: 0, reason: 'stop' };
      yield { type: 'usage', usage: { promptTokens: 1, completionTokens: 1, reasoningTokens: 0 } };
    };
    const scene = new Scene(generate, guardOf());
    const { answer, kind } = await ask(scene, { ...REQUEST, delivery: 'whole' });
    if (kind !== 'clean') blocked += 1;
    if (kind === 'repaired' && answer.content.includes(safe)) repaired += 1;
  }
  console.log(
    `scripted engine: ${share(blocked, PAIRS.length)} answers were withheld; repaired ${share(repaired, blocked)}`,
  );
}

await scripted();
await onNano();
await scanner.stop();
