/**
 * Prints how the rule-based prompt guard does on third-party development sets, where they lie beside the project, and what a judgement
 * costs. `node deploy/build.mjs && node dist/test/bench/prompt-guard.js [folder of the sets]`; the numbers stand in docs/guard.md.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.js';
import { policyOf } from '../../src/guard/policy.js';
import type { PromptJudgement } from '../../src/guard/prompt/prompt-judge.js';
import { createRuleJudge } from '../../src/guard/prompt/rule-judge.js';
import type { Message } from '../../src/types.js';

interface Source {
  readonly file: string;
  readonly role: Message['role'];
  readonly expects: 'attacks' | 'benign';
}

const SOURCES: readonly Source[] = [
  { file: 'cysecbench', role: 'user', expects: 'attacks' },
  { file: 'jailbreak-in-the-wild', role: 'user', expects: 'attacks' },
  { file: 'cyberseceval-injection', role: 'user', expects: 'attacks' },
  { file: 'bipia-code-attack', role: 'tool', expects: 'attacks' },
  { file: 'harmless', role: 'user', expects: 'benign' },
  { file: 'harmless', role: 'tool', expects: 'benign' },
  { file: 'cyberseceval-frr', role: 'user', expects: 'benign' },
];

const judge = createRuleJudge();
const never = new AbortController().signal;
const { prompt } = policyOf('default');

const isBlocked = ({ label, score }: PromptJudgement): boolean =>
  label !== 'benign' && score >= prompt.blockFrom[label];
const isNoticed = ({ label, score }: PromptJudgement): boolean => label !== 'benign' && score >= prompt.annotateFrom;
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`.padStart(9);

function textsOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const row: unknown = JSON.parse(line);
      return typeof row === 'object' && row !== null && 'text' in row && typeof row.text === 'string' ? [row.text] : [];
    });
}

async function accuracy(folder: string): Promise<void> {
  console.log('set                     as    rows   blocked  annotated or blocked');
  for (const { file, role, expects } of SOURCES) {
    const texts = textsOf(join(folder, `${file}.jsonl`));
    const judgements: PromptJudgement[] = [];
    for (const text of texts) judgements.push(await judge.judge(role, text, never));
    const blocked = percent(judgements.filter(isBlocked).length, texts.length);
    const noticed = percent(judgements.filter(isNoticed).length, texts.length);
    const kind = expects === 'attacks' ? 'recall' : 'false positives';
    console.log(
      `${file.padEnd(23)} ${role.padEnd(5)} ${String(texts.length).padStart(5)} ${blocked} ${noticed}   ${kind}`,
    );
  }
}

async function cost(): Promise<void> {
  const sentence =
    'Please refactor the handler so that each query runs in one transaction, and explain the trade-offs of that choice. ';
  // English prose has some 4.5 characters per token.
  for (const tokens of [512, 20_000]) {
    const text = sentence.repeat(Math.ceil((tokens * 4.5) / sentence.length));
    const times: number[] = [];
    for (let run = 0; run < (tokens > 1000 ? 40 : 400); run += 1) {
      const started = performance.now();
      await judge.judge('user', text, never);
      times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
    console.log(`${tokens} tokens: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  }
}

const folder = process.argv[2] ?? join(packageRoot, '..', 'shared', 'data', 'prompts');
if (existsSync(folder)) await accuracy(folder);
else console.log(`no data sets in ${folder}`);
await cost();
