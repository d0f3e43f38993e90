/** `purpgate train guard`: learns the prompt model, and measures it on each source that it was learned without. */
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { PromptLabel } from '../src/guard/policy.js';
import { ATTACKS } from '../src/guard/prompt/prompt-judge.js';
import type { Message } from '../src/types.js';
import { namedFolder, wholeNumber } from './arguments.js';
import { generatedExamples } from './data/guard/examples.js';
import { readDocuments } from './documents.js';
import { featured, learnGuard } from './guard-learning.js';
import { calibrate, leaveOut, type GuardSource, type LeftOut } from './guard-measure.js';
import { writeGuardModel } from './guard-model.js';
import { readLabelledFile } from './labelled-file.js';
import { displayOn, type Display } from './progress.js';

const HELP = `Usage: purpgate train guard --out FOLDER [options]

Learns the model that judges prompts beside the rules, from generated prompts and from files of prompts whose label is known. Writes
model.onnx, config.json and a README.md with what was measured: each file by a model, and thresholds, that never saw that file.

  --out FOLDER             where the model is written; the one that is served lies in models/guard
  --examples N             generated prompts to learn from (default 24000; a third as many tasks of the policy's training come on top)
  --malicious FILE         JSON lines with a field text, and perhaps system: malicious requests; may be given several times
  --jailbreak FILE         the same, of jailbreaks
  --injection FILE         the same, of prompt injections by users
  --tool-injection FILE    the same, of injections in what a tool returns
  --benign FILE            the same, of benign requests
  --benign-tool FILE       the same, of texts that may stand in what a tool returns
  --documents FOLDER       texts below it, such as node_modules, as harmless results of tools and attachments of users
  --seed N                 (default 1)
  --help                   this text
`;

interface CommandIo {
  readonly stdout: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** The prompts of a file weigh as much as so many, however many they are: style of one source must not become the rule. */
const SOURCE_WEIGHT = 1500;
const MOST_WEIGHT = 4;

const FILES: Readonly<Record<string, { readonly label: PromptLabel; readonly role: Message['role'] }>> = {
  malicious: { label: 'malicious', role: 'user' },
  jailbreak: { label: 'jailbreak', role: 'user' },
  injection: { label: 'injection', role: 'user' },
  'tool-injection': { label: 'injection', role: 'tool' },
  benign: { label: 'benign', role: 'user' },
  'benign-tool': { label: 'benign', role: 'tool' },
};

/** @returns the exit code. @throws PurpgateError `setting_invalid` for an argument or a file that cannot be used. */
export async function guardTrainingCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const files = { type: 'string', multiple: true, default: [] as string[] } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string' },
      examples: { type: 'string', default: '24000' },
      malicious: files,
      jailbreak: files,
      injection: files,
      'tool-injection': files,
      benign: files,
      'benign-tool': files,
      documents: files,
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { stdout, signal } = io;
  if (values.help === true) {
    stdout.write(HELP);
    return 0;
  }
  const folder = namedFolder('--out', values.out);
  const seed = wholeNumber('--seed', values.seed, [0]);
  const count = wholeNumber('--examples', values.examples, [100, 1_000_000]);
  const display = displayOn(stdout);
  const given: GuardSource[] = [];
  for (const [option, { label, role }] of Object.entries(FILES))
    for (const file of filesOf(values, option)) given.push(await readSource(file, { label, role }));
  for (const documents of values.documents) given.push(...documentSources(await readDocuments(documents)));
  display.line('generating prompts');
  const examples = generatedExamples({ seed, count }).map((example) => featured(example, 1));
  const generated = { name: 'generated', group: 'generated', examples };
  const all = [generated, ...given];
  const rows = await measure(all, { seed, display, signal });
  if (rows === null) return 130;
  const { thresholds } = calibrate(all, seed);
  display.line(
    `thresholds, as logits: ${ATTACKS.map((label) => `${label} ${thresholds[label].toFixed(2)}`).join(', ')}`,
  );
  const weights = learnGuard(
    all.flatMap((source) => source.examples),
    {
      seed,
      onProgress: (share) => {
        display.status(`learning from all ${all.length} sources`, share);
      },
    },
  );
  await writeGuardModel({ folder, weights, thresholds, card: cardOf({ args, sources: all, rows }) });
  stdout.write(tableOf(rows));
  return 0;
}

function filesOf(values: Readonly<Record<string, unknown>>, option: string): string[] {
  const given = values[option];
  return Array.isArray(given) ? given.filter((file): file is string => typeof file === 'string') : [];
}

async function readSource(
  file: string,
  { label, role }: { readonly label: PromptLabel; readonly role: Message['role'] },
): Promise<GuardSource> {
  const { name, rows } = await readLabelledFile(file);
  const weight = Math.min(MOST_WEIGHT, SOURCE_WEIGHT / rows.length);
  return {
    name: role === 'user' ? name : `${name}, as ${role}`,
    group: name,
    examples: rows.map((row) => featured({ ...row, role, label }, weight)),
  };
}

function documentSources(texts: readonly string[]): GuardSource[] {
  return (['tool', 'user'] as const).map((role) => ({
    name: `documents, as ${role}`,
    group: 'documents',
    examples: texts.map((text) => featured({ role, text, system: '', label: 'benign' }, 1)),
  }));
}

interface Measuring {
  readonly seed: number;
  readonly display: Display;
  readonly signal: AbortSignal;
}

/** Null when it was stopped. */
async function measure(all: readonly GuardSource[], { seed, display, signal }: Measuring): Promise<LeftOut[] | null> {
  const given = all.filter(({ group }) => group !== 'generated');
  const rows: LeftOut[] = [];
  for (const source of given) {
    display.status(`learning without ${source.name}`, rows.length / given.length);
    // Lets an interruption in.
    await setImmediate();
    if (signal.aborted) return null;
    const row = await leaveOut(source, all, seed);
    rows.push(row);
    display.line(`${source.name}, left out: ${percent(row.blocked)} % blocked`);
  }
  return rows;
}

const percent = (share: number): string => (100 * share).toFixed(1);

export function tableOf(rows: readonly LeftOut[]): string {
  const lines = rows.map(
    ({ source, prompts, isAttack, blocked, blockedWithRules, falsePositives }) =>
      `| ${source} | ${isAttack ? 'recall' : 'false positives'} | ${prompts} | ${percent(blocked)} | ${percent(blockedWithRules)} | ${percent(falsePositives)} |`,
  );
  return `| source, left out | what its share is | prompts | blocked | with the rules | false positives where the thresholds were set |
|---|---|---|---|---|---|
${lines.join('\n')}
`;
}

interface Card {
  readonly args: readonly string[];
  readonly sources: readonly GuardSource[];
  readonly rows: readonly LeftOut[];
}

function cardOf({ args, sources, rows }: Card): string {
  const learned = sources.map(({ name, examples }) => `${name} (${examples.length})`).join(', ');
  const command = args.map((arg) => (arg.endsWith('.jsonl') ? arg.replace(/^.*\//, '') : arg)).join(' ');
  return `---
license: apache-2.0
language: en
pipeline_tag: text-classification
---
# The prompt model

Says how probable it is that a message of a prompt asks for malicious cyberactivity, is a jailbreak, or is an injection; benign is what none
of them is. It is linear: a table of 2^18 rows of three weights, to which words, beginnings of words, pairs of words and classes of the rules' lexicon
are hashed (\`src/guard/prompt/model-features.ts\`), and one embedding bag as an ONNX graph. A score of 0.8 is the threshold
at which the default policy blocks. Learned from ${learned}; no text of them is in the model. Generated prompts are made by the grammar in
\`trainer/data/guard\`.

\`\`\`sh
npx --no-install purpgate train guard ${command}
\`\`\`

In per cent, of the model alone and beside the rules, from which nothing was left out. A row is of a model and thresholds that never saw the source in it; the thresholds come from the
false positives on half of the remaining sources, and are no lower than the bounds in \`trainer/guard-measure.ts\`.
The generator and the rules' lexicon were written by people who had read samples of these sources, so expect less of others.

${tableOf(rows)}
What it cannot see: it knows words and not intents. Requests that are malicious only by their purpose, languages
other than English (a few phrases aside), and new slang are judged by what little they share with what was learned.
`;
}
