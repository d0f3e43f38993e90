/** `purpgate train`. */
import { parseArgs } from 'node:util';
import { PurpgateError } from '../src/errors.js';
import { decimal, namedFolder, wholeNumber } from './arguments.js';
import { grpoCommand } from './grpo-command.js';
import { guardTrainingCommand } from './guard-command.js';
import { kindCommand } from './kind-command.js';
import { NANO_CONFIG } from './model-folder.js';
import { buildNano } from './nano.js';
import { pretrain } from './pretrain.js';
import { displayOn } from './progress.js';
import { refusalCommand } from './refusal-command.js';
import { learnRules } from './rule-learning.js';
import type { TrainingControl } from './supervised.js';

const BATCH_TOKENS = 2048;
/** Held-out prompts that a built policy is measured on. */
const EVALUATION_PROMPTS = 1000;
/** What lies in memory at once, and a runtime that cannot start its threads ends the process: more is a slip of the hand. */
const MOST_PROMPTS = 1_000_000;
const MOST_SAMPLES = 1000;
const MOST_THREADS = 256;

interface CommandIo {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

const HELP = `Usage: purpgate train pretrain --out FOLDER [options]
       purpgate train rule-learning --model FOLDER --out FOLDER [options]
       purpgate train nano --out FOLDER [options]
       purpgate train grpo [options]; see purpgate train grpo --help
       purpgate train kind [options]; see purpgate train kind --help
       purpgate train refusal [options]; see purpgate train refusal --help
       purpgate train guard [options]; see purpgate train guard --help

pretrain trains the nano policy from scratch on generated data. rule-learning shows a policy PurpCode's rules, lets it
answer, keeps the answers that pass the tests and trains it on them without the rules. nano does both, with more
training on everyday tasks and abuse between them, measures the policy before and after the rules and writes
FOLDER/release; run again in the same folder, it goes on where it ended. Each writes Hugging Face folders.

  --out FOLDER         where models, checkpoints and curves are written
  --seed N             seed of data, weights and sampling (default 1)
  --threads N          threads (default 2)
  --checkpoint N       steps of 2048 tokens between checkpoints (default 100)
  --evaluate N         steps between evaluations of the loss, 0 for none (default 200; rule-learning 20)
  --resume             go on with the run in FOLDER, given the same options; nano always does
  --tokens N           pretrain, nano: tokens to pretrain on (default 42000000)
  --mid-training N     nano: tokens to train on after pretraining (default 16000000)
  --model FOLDER       rule-learning: the policy that is to learn
  --prompts N          rule-learning, nano: prompts to answer (default 1500)
  --samples N          rule-learning, nano: answers per prompt (default 4)
  --temperature T      rule-learning, nano: of the sampling (default 0.8)
  --help               this text
`;

const TASKS = ['pretrain', 'rule-learning', 'nano'] as const;
type Task = (typeof TASKS)[number];

/** Options that not every task has. */
const OWN_OPTIONS: Readonly<Record<string, readonly Task[]>> = {
  tokens: ['pretrain', 'nano'],
  'mid-training': ['nano'],
  model: ['rule-learning'],
  prompts: ['rule-learning', 'nano'],
  samples: ['rule-learning', 'nano'],
  temperature: ['rule-learning', 'nano'],
  resume: ['pretrain', 'rule-learning'],
};

/**
 * @returns the exit code.
 * @throws PurpgateError `setting_invalid` when an argument is not valid; else as the trainings do.
 */
export async function trainCommand(args: readonly string[], io: CommandIo): Promise<number> {
  if (args[0] === 'grpo') return grpoCommand(args.slice(1), io);
  if (args[0] === 'guard') return guardTrainingCommand(args.slice(1), io);
  if (args[0] === 'refusal') return refusalCommand(args.slice(1), io);
  if (args[0] === 'kind') return kindCommand(args.slice(1), io);
  const { values, positionals } = readArguments(args);
  if (values.help === true) {
    io.stdout.write(HELP);
    return 0;
  }
  const task = TASKS.find((name) => name === positionals[0]);
  const isComplete = values.out !== undefined && (task !== 'rule-learning' || values.model !== undefined);
  if (task === undefined || positionals.length !== 1 || !isComplete) {
    io.stderr.write(HELP);
    return 1;
  }
  for (const [option, tasks] of Object.entries(OWN_OPTIONS))
    if (args.some((arg) => arg === `--${option}` || arg.startsWith(`--${option}=`)) && !tasks.includes(task))
      throw new PurpgateError('setting_invalid', { publicMessage: `train ${task} has no option --${option}` });
  const outcome = await run(task, values, io);
  return outcome === 'stopped' ? 130 : 0;
}

type Values = ReturnType<typeof readArguments>['values'];

async function run(task: Task, values: Values, io: CommandIo): Promise<'finished' | 'stopped'> {
  const common = {
    ...control(task, values, io),
    folder: namedFolder('--out', values.out),
    seed: wholeNumber('--seed', values.seed, [0]),
    batchTokens: BATCH_TOKENS,
  };
  const pretraining = { tokens: wholeNumber('--tokens', values.tokens, [1]), config: NANO_CONFIG };
  const learning = {
    prompts: wholeNumber('--prompts', values.prompts, [1, MOST_PROMPTS]),
    samples: wholeNumber('--samples', values.samples, [1, MOST_SAMPLES]),
    temperature: decimal('--temperature', values.temperature, [0, 2]),
  };
  switch (task) {
    case 'pretrain':
      return pretrain({ ...common, ...pretraining, start: { type: 'pretraining' } });
    case 'rule-learning':
      return learnRules({ ...common, ...learning, model: namedFolder('--model', values.model) });
    case 'nano':
      return buildNano({
        ...common,
        ...pretraining,
        ...learning,
        midTraining: wholeNumber('--mid-training', values['mid-training'], [1]),
        evaluationPrompts: EVALUATION_PROMPTS,
      });
  }
}

function control(task: Task, values: Values, { stdout, signal }: CommandIo): TrainingControl {
  return {
    threads: wholeNumber('--threads', values.threads, [1, MOST_THREADS]),
    checkpointSteps: wholeNumber('--checkpoint', values.checkpoint, [1]),
    evaluationSteps: wholeNumber('--evaluate', values.evaluate ?? (task === 'rule-learning' ? '20' : '200'), [
      task === 'nano' ? 1 : 0,
    ]),
    mode: values.resume === true ? 'resume' : 'fresh',
    signal,
    display: displayOn(stdout),
  };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        model: { type: 'string' },
        tokens: { type: 'string', default: '42000000' },
        'mid-training': { type: 'string', default: '16000000' },
        prompts: { type: 'string', default: '1500' },
        samples: { type: 'string', default: '4' },
        temperature: { type: 'string', default: '0.8' },
        seed: { type: 'string', default: '1' },
        threads: { type: 'string', default: '2' },
        checkpoint: { type: 'string', default: '100' },
        evaluate: { type: 'string' },
        resume: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PurpgateError('setting_invalid', { publicMessage: `train: ${reason}` });
  }
}
