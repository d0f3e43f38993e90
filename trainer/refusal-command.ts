/** `purpgate train refusal`: learns by which words a sentence of an answer declines, and measures it on templates that it has not seen. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  formatRefusalModel,
  parseRefusalModel,
  type RefusalModel,
  SURE_REFUSAL,
  weighSentence,
} from '../src/reward/refusal-model.js';
import { namedFolder, wholeNumber } from './arguments.js';
import { sentencesOf, sentenceSources } from './data/refusals/examples.js';
import { learnRefusals, type SentenceExample, type SentenceRole } from './refusal-learning.js';

const HELP = `Usage: purpgate train refusal --out FOLDER [options]

Learns by which words a sentence of an answer declines the request, gives something of what was asked, or does neither, from sentences that are
made of templates (trainer/data/refusals). Writes weights.tsv and a README.md with what was measured on templates that were held out.

  --out FOLDER     where the model is written; the one that is used lies in models/refusal
  --sentences N    sentences per template (default 300)
  --seed N         (default 1)
  --help           this text
`;

interface CommandIo {
  readonly stdout: NodeJS.WritableStream;
}

const ROLES: readonly SentenceRole[] = ['declines', 'gives', 'around'];
/** Of five templates one is left out in turn. */
const FOLDS = 5;

/** @returns the exit code. @throws PurpgateError `setting_invalid` for an argument that cannot be used. */
export async function refusalCommand(args: readonly string[], { stdout }: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string' },
      sentences: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    stdout.write(HELP);
    return 0;
  }
  const folder = namedFolder('--out', values.out);
  const count = wholeNumber('--sentences', values.sentences, [1, 10_000]);
  const seed = wholeNumber('--seed', values.seed, [0]);
  const sources = sentenceSources(seed);
  const outcomes: Outcome[] = [];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    stdout.write(`learning without a part of the templates, ${fold + 1} of ${FOLDS}\n`);
    const isLeftOut = (_: unknown, at: number): boolean => at % FOLDS === fold;
    const seen = sources.filter((source, at) => !isLeftOut(source, at));
    const model = learn(sentencesOf(seen, { seed, count }), seed);
    outcomes.push(...measure(sentencesOf(sources.filter(isLeftOut), { seed: seed + 1, count: 20 }), model));
  }
  stdout.write('learning from all\n');
  const examples = sentencesOf(sources, { seed, count });
  const model = learn(examples, seed);
  const table = tableOf(outcomes);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'weights.tsv'), formatRefusalModel(model));
  const command = `purpgate train refusal ${args.join(' ')}`;
  await writeFile(join(folder, 'README.md'), card({ command, examples, model, table }));
  stdout.write(table);
  return 0;
}

/** Through its text, since its weights are rounded there. */
function learn(examples: readonly SentenceExample[], seed: number): RefusalModel {
  return parseRefusalModel(formatRefusalModel(learnRefusals(examples, seed)));
}

interface Outcome {
  readonly role: SentenceRole;
  readonly isTakenForRefusal: boolean;
  readonly isTakenForHelp: boolean;
}

function measure(examples: readonly SentenceExample[], model: RefusalModel): Outcome[] {
  return examples.map(({ role, text }) => {
    const { declines, gives } = weighSentence(model, text);
    return { role, isTakenForRefusal: declines > SURE_REFUSAL, isTakenForHelp: gives > 0 };
  });
}

function tableOf(outcomes: readonly Outcome[]): string {
  const rows = ROLES.map((role) => {
    const own = outcomes.filter((outcome) => outcome.role === role);
    const percent = (is: (outcome: Outcome) => boolean): string =>
      ((100 * own.filter(is).length) / own.length).toFixed(1);
    const cells = [
      percent(({ isTakenForRefusal }) => isTakenForRefusal),
      percent(({ isTakenForHelp }) => isTakenForHelp),
    ];
    return `| ${role} | ${own.length} | ${cells.join(' | ')} |`;
  });
  return `| a sentence that | n | is taken for a refusal | for a part of the answer |
|---|---|---|---|
${rows.join('\n')}
`;
}

interface Card {
  readonly command: string;
  readonly examples: readonly SentenceExample[];
  readonly model: RefusalModel;
  readonly table: string;
}

function card({ command, examples, model, table }: Card): string {
  return `---
license: apache-2.0
language: en
pipeline_tag: text-classification
---
# Refusals, sentence by sentence

${model.weights.size} words and pairs of words with a weight each for two questions: does a sentence of an answer decline the request, does it give something of what was asked. Beside the
rules in \`src/text/refusal.ts\`; \`src/reward/refusal-label.ts\` has what follows from it for the whole answer. Learned from ${examples.length} sentences, made of the templates in \`trainer/data/refusals\`.

\`\`\`sh
npx --no-install ${command}
\`\`\`

In per cent, on templates that the model was learned without (a fifth in turn):

${table}`;
}
