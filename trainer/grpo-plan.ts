/** The options of `purpgate train grpo`, all checked before anything is started. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Config } from '../src/config.js';
import { hashWeights } from '../src/engine/embedded/folder.js';
import { rewardSettingsOf } from '../src/reward/composition.js';
import { choice, decimal, namedFolder, wholeNumber } from './arguments.js';
import { DAPO, GRPO_PURPCODE } from './grpo.js';
import { INTAKE_DEFAULTS } from './intake.js';
import type { LoopSettings } from './loop.js';

export const GRPO_HELP = `Usage: purpgate train grpo [options]

Trains an adapter on the scored traffic of a pool: completes each prompt to a group of answers from the policy as it is, scores them with
the oracles of the traffic, and takes one step of GRPO. Every offset of the reward log is accounted for once; a run that was stopped or
killed goes on where it ended, given the same options. Uses the database of the instance that runs on PURPGATE_DATA, or DATABASE_URL.
A parent process pauses it with the message {"type": "pause"} and lets it go on with {"type": "resume"}.

  --pool NAME           pool whose traffic is trained on (default local)
  --serve-pool NAME     pool that the versions are to serve (default: the same)
  --out FOLDER          where checkpoints are kept (default: training/NAME in PURPGATE_DATA)
  --model FOLDER        the model that the adapter is for (default: PURPGATE_MODEL)
  --drain               end when all prompts of the log are trained on; else wait for more
  --steps N             end after N steps
  --release N           let the gate judge each version on N held-out prompts of nano's domain, and make it live when it passes
                        (default 0: no; needs bubblewrap and python3)
  --publish N           steps between versions, 0 for none (default 10); the last weights of a run are published too
  --algorithm NAME      grpo (as PurpCode: clip 0.2, KL 0.001) or dapo (clip 0.2/0.28, no KL) (default grpo)
  --sampling NAME       single-step or multi-wave dynamic sampling (default single-step)
  --learning-rate R     (default 0.001)
  --clip-low E          lower clip of the ratio (default: of the algorithm)
  --clip-high E         upper clip of the ratio (default: of the algorithm)
  --kl W                weight of the KL to the model without the adapter (default: of the algorithm)
  --prompts N           groups wanted per step (default 16)
  --group N             answers per group (default 8)
  --max-tokens N        length of an answer (default 300)
  --rank N, --alpha N   of the adapter (default 8, 16)
  --least-entropy H     the run ends when the policy has fewer nats per token (default 0.01)
  --concurrency N       prompts that are answered at once (default 6)
  --seed N              of the adapter and of the sampling (default 1)
  --threads N           (default 2)
  --help                this text
`;

/** What suits nano: a small policy drifts further in a step than a large one, so its KL weighs more than PurpCode's 0.001. */
export const NANO_TRAINING = ['--kl', '0.02'] as const;

/** k3 estimate per token by which sampler and learner may differ: above it the policy gradient is about another policy. */
const MOST_MISMATCH_KL = 0.015;
type Values = ReturnType<typeof readArguments>;

export function readArguments(args: readonly string[]) {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  return parseArgs({
    args: [...args],
    options: {
      pool: text('local'),
      'serve-pool': { type: 'string' },
      out: { type: 'string' },
      model: { type: 'string' },
      drain: { type: 'boolean', default: false },
      steps: { type: 'string' },
      publish: text('10'),
      release: text('0'),
      algorithm: text('grpo'),
      sampling: text('single-step'),
      'learning-rate': text('0.001'),
      'clip-low': { type: 'string' },
      'clip-high': { type: 'string' },
      kl: { type: 'string' },
      prompts: text('16'),
      group: text('8'),
      'max-tokens': text('300'),
      rank: text('8'),
      alpha: text('16'),
      'least-entropy': text('0.01'),
      concurrency: text('6'),
      seed: text('1'),
      threads: text('2'),
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}

export type Plan = ReturnType<typeof readPlan>;

/** @throws PurpgateError `setting_invalid`. */
export function readPlan(values: Values, config: Config) {
  const named = choice('--algorithm', values.algorithm, ['grpo', 'dapo']) === 'grpo' ? GRPO_PURPCODE : DAPO;
  const rate = (option: 'clip-low' | 'clip-high' | 'kl', fallback: number): number =>
    decimal(`--${option}`, values[option] ?? String(fallback), [0, 1]);
  const { objectives } = rewardSettingsOf(config).composition;
  const settings: LoopSettings = {
    pool: values.pool,
    seed: wholeNumber('--seed', values.seed, [0]),
    algorithm: {
      ...named,
      clipLow: rate('clip-low', named.clipLow),
      clipHigh: rate('clip-high', named.clipHigh),
      beta: rate('kl', named.beta),
    },
    sampling: choice('--sampling', values.sampling, ['single-step', 'multi-wave']),
    learningRate: decimal('--learning-rate', values['learning-rate'], [0, 1]),
    leastEntropy: decimal('--least-entropy', values['least-entropy'], [0, 100]),
    mostMismatchKl: MOST_MISMATCH_KL,
    promptsPerStep: wholeNumber('--prompts', values.prompts, [1, 10_000]),
    concurrency: wholeNumber('--concurrency', values.concurrency, [1, 64]),
    intake: INTAKE_DEFAULTS,
    ...(objectives === null
      ? {}
      : { objectiveWeights: Object.fromEntries(objectives.map(({ name, weight }) => [name, weight])) }),
  };
  return {
    settings,
    folder: namedFolder('--out', values.out ?? join(config.dataFolder, 'training', encodeURIComponent(values.pool))),
    model: values.model === undefined ? config.model : namedFolder('--model', values.model),
    servePool: values['serve-pool'] ?? values.pool,
    mode: values.drain ? 'drain' : 'wait',
    steps: values.steps === undefined ? null : wholeNumber('--steps', values.steps, [1]),
    publishEvery: wholeNumber('--publish', values.publish, [0]),
    releasePrompts: wholeNumber('--release', values.release, [0, 100_000]),
    groupSize: wholeNumber('--group', values.group, [2, 64]),
    maxTokens: wholeNumber('--max-tokens', values['max-tokens'], [1]),
    rank: wholeNumber('--rank', values.rank, [1, 1024]),
    alpha: wholeNumber('--alpha', values.alpha, [1, 65_536]),
    threads: wholeNumber('--threads', values.threads, [1, 256]),
  } as const;
}

/** Of all that decides what a step computes. */
export function configHash({ settings, model, groupSize, maxTokens, rank, alpha }: Plan): string {
  const decisive = { settings, model: hashWeights(model), groupSize, maxTokens, rank, alpha };
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex');
}
