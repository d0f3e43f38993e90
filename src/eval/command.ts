/** `purpgate eval`. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../config.js';
import { PurpgateError } from '../errors.js';
import { createSandbox, withoutSandbox } from '../reward/sandbox.js';
import { evaluate, type EvaluatedModel } from './evaluate.js';
import { reportPage } from './html.js';
import { isUnavailable, summarise, type MetricRow } from './metrics.js';
import { outcomesOf } from './outcomes.js';
import { samplesDocument } from './samples.js';
import type { EvaluationPrompt } from './suite.js';

interface EvalIo {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  /** Folders in which the programs of the sandbox are looked for; the system's when absent. */
  readonly path?: string;
}

/** Prompts of a suite; `count` and `seed` matter to suites that are generated. */
export type SuiteSource = (options: { readonly count: number; readonly seed: number }) => readonly EvaluationPrompt[];

type Outcomes = ReturnType<typeof outcomesOf>;

/** What the command needs of the registry and of the release gate, which evaluation does not know. */
export interface VersionSource {
  /** @throws PurpgateError `model_not_found`. */
  find(names: readonly string[]): Promise<readonly EvaluatedModel[]>;
  /** Paired differences, candidate minus baseline: a table for people, and what it was made of. */
  compare(baseline: Outcomes, candidate: Outcomes): { readonly table: string; readonly differences: unknown };
}

const HELP = `Usage: purpgate eval [options]

Runs prompts that the policy was not trained on and reports shares with Wilson 95 % intervals. The code of the answers is run with its
tests in a sandbox, which needs bubblewrap and python3; without them it exits with 1.

  --model FOLDER       Hugging Face folder (default: the shipped models/nano)
  --version NAME       a version of the registry in place of a folder: its base and its adapter
  --compare NAME       with --version: paired differences to this version, with bootstrap intervals
  --suite NAME         held-out or handwritten; may be repeated (default both)
  --count N            prompts of a generated suite (default 100)
  --samples N          answers per prompt (default 1)
  --temperature T      0 is greedy (default 0)
  --seed N             seed of prompts and sampling (default 1)
  --threads N          threads of the engine (default 1)
  --json               one JSON object: {model, options, metrics, comparison?}
  --answers            with --json: every answer with its judgement as well
  --samples-file FILE  write the first 30 answers, unpicked, as Markdown
  --html FILE          write a report that needs nothing else
  --without-sandbox    run no code; what rests on tests is not counted
  --help               this text
`;

/**
 * @param suites the suites that can be asked for, by name.
 * @returns the exit code.
 * @param versions where `--version` is looked up.
 * @throws PurpgateError `setting_invalid` for an argument that is not valid, `model_unusable` for a bad model, `model_not_found`.
 */
export async function evalCommand(
  args: readonly string[],
  io: EvalIo,
  { suites, versions }: { readonly suites: Readonly<Record<string, SuiteSource>>; readonly versions: VersionSource },
): Promise<number> {
  const { values } = readArguments(args);
  if (values.help === true) {
    io.stdout.write(HELP);
    return 0;
  }
  const options = {
    count: number('--count', values.count, { least: 1, whole: 'whole' }),
    samples: number('--samples', values.samples, { least: 1, whole: 'whole' }),
    temperature: number('--temperature', values.temperature, { least: 0, whole: 'any' }),
    seed: number('--seed', values.seed, { least: 0, whole: 'whole' }),
    threads: number('--threads', values.threads, { least: 1, whole: 'whole' }),
  };
  const prompts = [...new Set(values.suite ?? Object.keys(suites))].flatMap((name) => suiteOf(suites, name)(options));
  const [model, baseline] = await modelsOf(values, versions);
  const sandbox =
    values['without-sandbox'] === true
      ? withoutSandbox('the evaluation was started without it')
      : await createSandbox(io.path === undefined ? {} : { path: io.path });
  try {
    if (sandbox.unavailable !== null && values['without-sandbox'] !== true) {
      io.stderr.write(`No tests can be run: ${sandbox.unavailable} (--without-sandbox evaluates without them)\n`);
      return 1;
    }
    const settings = { ...options, sandbox, signal: io.signal, stderr: io.stderr };
    const { version, judged } = await evaluate(model, prompts, settings);
    const other = baseline === undefined ? null : await evaluate(baseline, prompts, settings);
    const comparison = other === null ? null : versions.compare(outcomesOf(other.judged), outcomesOf(judged));
    const metrics = summarise(judged);
    if (values.json === true) {
      const answers = values.answers === true ? { answers: judged } : {};
      const compared = other === null ? {} : { comparison: { baseline: other.version, ...comparison } };
      // Tests are long, and the same for all answers to a task.
      const withoutTests = (key: string, value: unknown): unknown => (key === 'check' ? undefined : value);
      const report = { model: version, options, metrics, ...compared, ...answers };
      io.stdout.write(`${JSON.stringify(report, withoutTests)}\n`);
    } else io.stdout.write([table(metrics), ...(comparison === null ? [] : [comparison.table])].join('\n'));
    await write('--samples-file', values['samples-file'], () => samplesDocument(version, judged));
    await write('--html', values.html, () =>
      reportPage({ model: version, judged, comparison: comparison?.table ?? null }),
    );
    const untested = sandbox.unavailable === null ? judged.filter(isUnavailable).length : 0;
    if (untested > 0) io.stderr.write(`${untested} answers are not counted: their tests could not be run\n`);
    return untested > 0 ? 1 : 0;
  } finally {
    await sandbox.stop();
  }
}

function namedFolder(text: string): string {
  if (text !== '') return resolve(text);
  throw new PurpgateError('setting_invalid', { publicMessage: '--model (is ""): expected a folder' });
}

function suiteOf(suites: Readonly<Record<string, SuiteSource>>, name: string): SuiteSource {
  const source = Object.hasOwn(suites, name) ? suites[name] : undefined;
  if (source !== undefined) return source;
  throw new PurpgateError('setting_invalid', {
    publicMessage: `--suite (is "${name}"): expected one of ${Object.keys(suites).join(', ')}`,
  });
}

async function write(option: string, file: string | undefined, document: () => string): Promise<void> {
  if (file === undefined) return;
  try {
    await writeFile(file, document());
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PurpgateError('setting_invalid', { publicMessage: `${option}: ${reason}` });
  }
}

interface ModelArguments {
  readonly model?: string | undefined;
  readonly version?: string | undefined;
  readonly compare?: string | undefined;
}

/** The model, and what it is compared to where that is asked for. */
async function modelsOf(
  { model, version, compare }: ModelArguments,
  versions: VersionSource,
): Promise<readonly [EvaluatedModel, EvaluatedModel?]> {
  if (version !== undefined) {
    if (model !== undefined) throw conflict('--model and --version name one model each');
    const [found, other] = await versions.find([version, ...(compare === undefined ? [] : [compare])]);
    if (found === undefined) throw new PurpgateError('model_not_found', { message: version });
    return other === undefined ? [found] : [found, other];
  }
  if (compare !== undefined) throw conflict('--compare needs --version');
  return [{ folder: model === undefined ? join(packageRoot, 'models', 'nano') : namedFolder(model), adapter: null }];
}

function conflict(reason: string): PurpgateError {
  return new PurpgateError('setting_invalid', { publicMessage: `eval: ${reason}` });
}

function table(rows: readonly MetricRow[]): string {
  const percent = (share: number | null): string => (share === null ? '–' : `${(100 * share).toFixed(0)} %`);
  const lines = rows
    .filter(({ total }) => total > 0)
    .map(({ suite, metric, passed, total, rate, low, high, description }) =>
      [
        suite.padEnd(12),
        metric.padEnd(19),
        percent(rate).padStart(6),
        `[${percent(low)}, ${percent(high)}]`.padStart(16),
        `${passed}/${total}`.padStart(9),
        ` ${description}`,
      ].join(' '),
    );
  return `${lines.join('\n')}\n`;
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        model: { type: 'string' },
        version: { type: 'string' },
        compare: { type: 'string' },
        html: { type: 'string' },
        suite: { type: 'string', multiple: true },
        count: { type: 'string', default: '100' },
        samples: { type: 'string', default: '1' },
        temperature: { type: 'string', default: '0' },
        seed: { type: 'string', default: '1' },
        threads: { type: 'string', default: '1' },
        json: { type: 'boolean' },
        answers: { type: 'boolean' },
        'samples-file': { type: 'string' },
        'without-sandbox': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PurpgateError('setting_invalid', { publicMessage: `eval: ${reason}` });
  }
}

function number(
  option: string,
  text: string,
  { least, whole }: { readonly least: number; readonly whole: 'whole' | 'any' },
): number {
  const value = Number(text);
  const fits = whole === 'whole' ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (text.trim() !== '' && fits && value >= least) return value;
  throw new PurpgateError('setting_invalid', {
    publicMessage: `${option} (is "${text}"): expected a ${whole === 'whole' ? 'whole ' : ''}number of at least ${least}`,
  });
}
