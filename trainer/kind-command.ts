/** `purpgate train kind`: learns the words by which requests are told apart, and measures what they add to the rules. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { PromptKind } from '../src/eval/suite.js';
import type { SampleKind } from '../src/events/interaction.js';
import { classifyKind, LEAST_CONFIDENCE, wording } from '../src/reward/kind.js';
import { formatKindModel, parseKindModel, type KindModel } from '../src/reward/kind-model.js';
import { namedFolder, wholeNumber } from './arguments.js';
import { heldOutPrompts, trainingPrompts } from './data/heldout.js';
import { learnKinds, type KindExample } from './kind-learning.js';
import { readLabelledFile } from './labelled-file.js';

const HELP = `Usage: purpgate train kind --out FOLDER [options]

Learns by which words a request is taken for malicious, for a request for code or for a security question, beside the rules that are written
down, from generated requests and from files of requests whose kind is known. Writes weights.tsv and a README.md with what was measured: on
generated requests whose names, sentences and phrasings were held out, and on each file when it, or half of it, was left out.

  --out FOLDER        where the model is written; the one that is used lies in models/kind
  --requests N        generated requests to learn from (default 30000)
  --malicious FILE    JSON lines with a field text: malicious requests; may be given several times
  --harmless FILE     the same, of harmless requests of any kind
  --code FILE         the same, of harmless requests for code
  --seed N            (default 1)
  --help              this text
`;

interface CommandIo {
  readonly stdout: NodeJS.WritableStream;
}

/** Requests of one origin, which are learned from, or left out, together. */
interface Source {
  readonly name: string;
  readonly examples: readonly KindExample[];
}

const HELD_OUT_REQUESTS = 4000;
/** Harm is the rare kind among the generated requests, and missing it the worse mistake. */
const MALICIOUS_WEIGHT = 3;

const KIND_OF: Readonly<Record<PromptKind, SampleKind>> = {
  code: 'code',
  utility: 'code',
  benign: 'code',
  malicious: 'malicious',
  question: 'security_question',
  chat: 'general',
  outside: 'general',
};

/** @returns the exit code. @throws PurpgateError `setting_invalid` for an argument or a file that cannot be used. */
export async function kindCommand(args: readonly string[], { stdout }: CommandIo): Promise<number> {
  const files = { type: 'string', multiple: true, default: [] as string[] } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string' },
      requests: { type: 'string', default: '30000' },
      malicious: files,
      harmless: files,
      code: files,
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    stdout.write(HELP);
    return 0;
  }
  const folder = namedFolder('--out', values.out);
  const seed = wholeNumber('--seed', values.seed, [0]);
  const requests = wholeNumber('--requests', values.requests, [100, 1_000_000]);
  const read = (kind: KindExample['kind'], names: readonly string[]) =>
    Promise.all(names.map((name) => readSource(name, kind)));
  const given = [
    ...(await read('malicious', values.malicious)),
    ...(await read('harmless', values.harmless)),
    ...(await read('code', values.code)),
  ];
  const generated = generatedRequests(requests, seed);
  const learnFrom = (sources: readonly Source[]): KindModel =>
    // Through its text, since its weights are rounded there.
    parseKindModel(
      formatKindModel(
        learnKinds(
          sources.flatMap(({ examples }) => examples),
          seed,
        ),
      ),
    );
  const rows: Measured[] = [];
  for (const left of given) {
    stdout.write(`learning without ${left.name}\n`);
    const model = learnFrom([generated, ...given.filter((source) => source !== left)]);
    rows.push(...measure({ ...left, name: `${left.name}, left out` }, model));
    const [seen, unseen] = halves(left);
    const others = given.map((source) => (source === left ? seen : source));
    rows.push(...measure(unseen, learnFrom([generated, ...others])));
  }
  stdout.write('learning from all\n');
  const model = learnFrom([generated, ...given]);
  rows.unshift(...measure(heldOutRequests(seed), model));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'weights.tsv'), formatKindModel(model));
  const table = tableOf(rows);
  await writeFile(join(folder, 'README.md'), card({ args, generated, given, model, table }));
  stdout.write(table);
  return 0;
}

function generatedRequests(count: number, seed: number): Source {
  const examples = trainingPrompts({ seed, count }).map(({ kind, messages }): KindExample => {
    const text = wording(messages.at(-1)?.content ?? '');
    return { text, kind: KIND_OF[kind], weight: kind === 'malicious' ? MALICIOUS_WEIGHT : 1 };
  });
  return { name: 'generated', examples };
}

function heldOutRequests(seed: number): Source {
  const examples = heldOutPrompts({ seed, count: HELD_OUT_REQUESTS }).map(({ kind, messages }): KindExample => {
    return { text: wording(messages.at(-1)?.content ?? ''), kind: KIND_OF[kind], weight: 1 };
  });
  return { name: 'generated, held out', examples };
}

async function readSource(file: string, kind: KindExample['kind']): Promise<Source> {
  const { name, rows } = await readLabelledFile(file);
  return { name, examples: rows.map(({ text }) => ({ text: wording(text), kind, weight: 1 })) };
}

function halves({ name, examples }: Source): [seen: Source, unseen: Source] {
  const half = (name: string, rest: number): Source => ({ name, examples: examples.filter((_, n) => n % 2 === rest) });
  return [half(name, 0), half(`${name}, the other half learned`, 1)];
}

/** Of requests of one kind, what they are taken for: by the rules alone, and with what was learned. */
interface Measured {
  readonly source: string;
  readonly kind: KindExample['kind'];
  readonly requests: number;
  readonly rules: Outcomes;
  readonly learned: Outcomes;
}

/** Shares. */
interface Outcomes {
  readonly right: number;
  /** Below the least confidence: such a sample is not scored. */
  readonly unsure: number;
  readonly malicious: number;
}

const RULES_ALONE: KindModel = { bias: { harm: 0, code: 0, security: 0 }, weights: new Map() };

function measure({ name, examples }: Source, model: KindModel): Measured[] {
  const kinds = [...new Set(examples.map(({ kind }) => kind))].sort();
  return kinds.map((kind) => {
    const own = examples.filter((example) => example.kind === kind);
    return {
      source: name,
      kind,
      requests: own.length,
      rules: outcomesOf(own, RULES_ALONE),
      learned: outcomesOf(own, model),
    };
  });
}

function outcomesOf(examples: readonly KindExample[], model: KindModel): Outcomes {
  const counts = { right: 0, unsure: 0, malicious: 0 };
  for (const { text, kind } of examples) {
    const decision = classifyKind([{ role: 'user', text }], model);
    if (decision.confidence < LEAST_CONFIDENCE) counts.unsure += 1;
    else if (decision.kind === kind || (kind === 'harmless' && decision.kind !== 'malicious')) counts.right += 1;
    else if (decision.kind === 'malicious') counts.malicious += 1;
  }
  const share = (count: number): number => count / examples.length;
  return { right: share(counts.right), unsure: share(counts.unsure), malicious: share(counts.malicious) };
}

function tableOf(rows: readonly Measured[]): string {
  const percent = (share: number): string => (100 * share).toFixed(1);
  const cells = ({ right, unsure, malicious }: Outcomes): string => [right, unsure, malicious].map(percent).join(' | ');
  const lines = rows.map(
    ({ source, kind, requests, rules, learned }) =>
      `| ${source} | ${kind} | ${requests} | ${cells(rules)} | ${cells(learned)} |`,
  );
  return `| requests | kind | n | rules: right | unsure | wrongly malicious | learned: right | unsure | wrongly malicious |
|---|---|---|---|---|---|---|---|---|
${lines.join('\n')}
`;
}

interface Card {
  readonly args: readonly string[];
  readonly generated: Source;
  readonly given: readonly Source[];
  readonly model: KindModel;
  readonly table: string;
}

function card({ args, generated, given, model, table }: Card): string {
  const sources = [generated, ...given].map(({ name, examples }) => `${name} (${examples.length})`).join(', ');
  const command = args.map((arg) => (arg.includes('/') && arg.endsWith('.jsonl') ? basename(arg) : arg)).join(' ');
  return `---
license: apache-2.0
language: en
pipeline_tag: text-classification
---
# Kinds of requests

${model.weights.size} words and pairs of words with a weight each for three questions: does a request ask for harm, for code, is it about security. A sum of logits, added to
those of the rules in \`src/reward/kind-rules.ts\`; \`src/reward/kind.ts\` has the formula. Learned from ${sources}.

\`\`\`sh
npx --no-install purpgate train kind ${command}
\`\`\`

In per cent; unsure is a confidence below ${LEAST_CONFIDENCE}. A file's rows are of models that were learned without that file, or
without the half that is measured.

${table}`;
}
