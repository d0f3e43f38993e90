/** `purpgate train`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PurpgateError } from '../src/errors.js';
import { NANO_CONFIG } from './model-folder.js';
import { pretrain } from './pretrain.js';

const BATCH_TOKENS = 2048;

interface CommandIo {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

const HELP = `Usage: purpgate train pretrain --out FOLDER [options]

Trains the nano policy from scratch on generated data and writes a Hugging Face folder.

  --out FOLDER         where the model and its checkpoints are written
  --tokens N           tokens to train on (default 6000000)
  --seed N             seed of data and weights (default 1)
  --threads N          threads (default 2)
  --checkpoint N       steps of 2048 tokens between checkpoints (default 100)
  --evaluate N         steps between evaluations of the loss, 0 for none (default 200)
  --resume             go on with the run in FOLDER; give the same --tokens and --seed
  --help               this text
`;

/**
 * @returns the exit code.
 * @throws PurpgateError `setting_invalid` when an argument is not valid.
 */
export async function trainCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = readArguments(args);
  if (values.help === true) {
    io.stdout.write(HELP);
    return 0;
  }
  if (positionals.length !== 1 || positionals[0] !== 'pretrain' || values.out === undefined) {
    io.stderr.write(HELP);
    return 1;
  }
  await pretrain({
    folder: resolve(values.out),
    tokens: wholeNumber('--tokens', values.tokens, 1),
    seed: wholeNumber('--seed', values.seed, 0),
    config: NANO_CONFIG,
    batchTokens: BATCH_TOKENS,
    threads: wholeNumber('--threads', values.threads, 1),
    checkpointSteps: wholeNumber('--checkpoint', values.checkpoint, 1),
    evaluationSteps: wholeNumber('--evaluate', values.evaluate, 0),
    mode: values.resume === true ? 'resume' : 'fresh',
    signal: io.signal,
    report: (line) => {
      io.stdout.write(`${line}\n`);
    },
  });
  return io.signal.aborted ? 130 : 0;
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        tokens: { type: 'string', default: '6000000' },
        seed: { type: 'string', default: '1' },
        threads: { type: 'string', default: '2' },
        checkpoint: { type: 'string', default: '100' },
        evaluate: { type: 'string', default: '200' },
        resume: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PurpgateError('setting_invalid', { publicMessage: `train: ${reason}` });
  }
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least)
    throw new PurpgateError('setting_invalid', {
      publicMessage: `${option} (is "${text}"): expected a whole number of at least ${least}`,
    });
  return number;
}
