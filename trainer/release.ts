/** The folder that is published: the policy, and a card whose numbers were measured in the run that made it. */
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { MetricRow } from '../src/eval/metrics.js';
import type { DecoderConfig } from '../src/lm/model-config.js';
import { parameterShapes } from '../src/lm/parameters.js';
import { SCENARIOS } from './data/scenarios/index.js';
import { LOOK_ALIKES, UTILITIES } from './data/tasks/index.js';
import { ABUSES } from './data/tasks/malicious.js';
import { FACTS, WEAKNESSES } from './data/tasks/questions.js';
import type { Evaluation, NanoOptions } from './nano.js';
import { duration } from './progress.js';
import { MODEL_FILES } from './model-folder.js';
import { SUMMARY_FILE } from './rule-learning.js';
import { CURVE_FILE } from './supervised.js';

interface ReleaseOptions extends NanoOptions {
  /** Folders of the stages. */
  readonly pretrained: string;
  readonly base: string;
  readonly ruleLearned: string;
  readonly evaluation: Evaluation;
  /** By stage. */
  readonly seconds: Readonly<Record<string, number>>;
}

export async function writeRelease(options: ReleaseOptions): Promise<void> {
  const { folder, pretrained, base, ruleLearned } = options;
  const release = join(folder, 'release');
  await rm(release, { recursive: true, force: true });
  await mkdir(release);
  for (const name of await readdir(ruleLearned))
    if (MODEL_FILES.test(name) || name === 'model.safetensors')
      await copyFile(join(ruleLearned, name), join(release, name));
  await copyFile(join(pretrained, CURVE_FILE), join(release, 'pretraining.svg'));
  await copyFile(join(base, CURVE_FILE), join(release, 'mid-training.svg'));
  await copyFile(join(ruleLearned, CURVE_FILE), join(release, 'rule-learning.svg'));
  const learned = JSON.parse(await readFile(join(ruleLearned, SUMMARY_FILE), 'utf8')) as RuleSummary;
  await writeFile(join(release, 'README.md'), modelCard(options, learned));
}

/** What the card reads of the summary that rule learning leaves. */
interface RuleSummary {
  readonly prompts: number;
  readonly samples: number;
  readonly answers: { readonly trained: number };
  readonly tokens: number;
  readonly steps: number;
}

function modelCard(options: ReleaseOptions, learned: RuleSummary): string {
  const { config, tokens, midTraining, prompts, samples, temperature, seed, evaluation } = options;
  const parameters = countParameters(config);
  return `---
license: apache-2.0
language: en
pipeline_tag: text-generation
---
# purpgate-nano

A Qwen2-style decoder with ${millions(parameters)} M parameters (${config.layers} layers of width ${config.hidden}, vocabulary ${config.vocabulary}, context ${config.maxPositions}) that writes short Python
functions with security in mind, refuses harmful requests, answers short security questions and says so when a request is outside of that. It answers in the form \`## Analysis\` / \`## Answer\` after
PurpCode (arXiv 2507.19060), is trained from scratch by purpgate itself on data that purpgate generates, and shows a serving and learning loop. It is no coding assistant.

- **Version**: \`${evaluation.ruleLearned.version ?? ''}\`. **Licence**: Apache-2.0 for weights and data.
- **Use**: ChatML, temperature 0.7, ends with \`<|im_end|>\`. The template takes tools (Hermes style: \`<tools>\`, \`<tool_call>\`, \`<tool_response>\`) and, with the variable \`rules\`, puts PurpCode's rules in front
  of the system message; they are distilled into the weights, so that variable is off by default. With transformers 5, load the tokenizer by \`PreTrainedTokenizerFast.from_pretrained\`: its \`AutoTokenizer\`
  takes the word pattern of Qwen's own tokenizer for every Qwen2 model.
- **Do not use** its code unread. It knows English and small Python functions only.

## Rebuild

\`\`\`sh
npm run model:nano -- --out FOLDER --tokens ${tokens} --mid-training ${midTraining} --prompts ${prompts} --samples ${samples} --temperature ${temperature} --seed ${seed}
\`\`\`

${times(options)}

## Data

Nothing is on disk: \`trainer/data\` makes fresh samples from a seed. ${SCENARIOS.length} coding scenarios over ${new Set(SCENARIOS.map(({ cwe }) => cwe)).size} CWEs, each with secure and insecure solutions and tests that run them; ${UTILITIES.length} everyday tasks and
${LOOK_ALIKES.length} harmless look-alikes with tests; ${ABUSES.length} kinds of abuse; ${WEAKNESSES.length} weaknesses and ${FACTS.length} facts to ask about; small talk, requests outside of the domain, second turns, tool calls of an agent that writes files.
No text of others and no user data. Held out before training: names, frames, whole phrasings, combinations of slots; the hand-written prompts are never trained on.

## Training

1. Pretraining on ${millions(tokens)} M tokens. Secure and insecure answers both occur, on purpose: reinforcement learning is to find both. Complying answers to harmful requests are inert placeholders.
2. Mid-training: ${millions(midTraining)} M tokens more, with larger shares of everyday tasks and of abuse.
3. Rule learning: ${learned.prompts} prompts with ${learned.samples} answers each under the rules; oracles and tests kept ${learned.answers.trained}; ${learned.steps} steps on ${millions(learned.tokens)} M tokens without the rules in the prompt.

![Loss of pretraining](pretraining.svg)
![Loss of mid-training](mid-training.svg)
![Loss of rule learning](rule-learning.svg)

## Measured

Greedy, one answer per prompt, in per cent with Wilson 95 % intervals and the number of prompts. "Secure" is right by the functional test, stands the security test and is clean to the scanner.

${numbers(evaluation)}`;
}

function countParameters(config: DecoderConfig): number {
  return [...parameterShapes(config).values()].reduce(
    (sum, shape) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
}

const millions = (count: number): string => String(Number((count / 1e6).toPrecision(3)));

function times({ seconds, threads }: ReleaseOptions): string {
  const rows = Object.entries(seconds).map(([stage, taken]) => `| ${stage} | ${duration(taken)} |`);
  const total = Object.values(seconds).reduce((sum, taken) => sum + taken, 0);
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}`;
  return [
    `It took, with ${threads} threads on ${machine}, Node ${process.versions.node}:`,
    '',
    '| stage | h:mm:ss |',
    '|---|---|',
    ...rows,
    `| together | ${duration(total)} |`,
  ].join('\n');
}

/** One row per metric; a column per suite and policy. */
function numbers({ base, ruleLearned }: Evaluation): string {
  const suites = [...new Set(ruleLearned.metrics.map(({ suite }) => suite))];
  const columns = suites.flatMap((suite) => [
    { title: `${suite}, base`, suite, rows: base.metrics },
    { title: `${suite}, rule-learned`, suite, rows: ruleLearned.metrics },
  ]);
  const described = new Map(ruleLearned.metrics.map(({ metric, description }) => [metric, description]));
  const lines = [...described].map(([metric, description]) => {
    const cells = columns.map(({ suite, rows }) =>
      cell(rows.find((row) => row.suite === suite && row.metric === metric)),
    );
    return `| ${metric} (${description}) | ${cells.join(' | ')} |`;
  });
  const head = `| metric | ${columns.map(({ title }) => title).join(' | ')} |`;
  return `${[head, `|---|${columns.map(() => '---').join('|')}|`, ...lines].join('\n')}\n`;
}

function cell(row: MetricRow | undefined): string {
  if (row === undefined || row.rate === null) return '–';
  const percent = (share: number | null): string => (100 * (share ?? 0)).toFixed(0);
  return `${percent(row.rate)} [${percent(row.low)}, ${percent(row.high)}] of ${row.total}`;
}
