/**
 * Prints how the prompt guard (rules, the shipped model, both) does on third-party development sets, where they lie beside the project,
 * on the first turns of coding agents, and what a judgement costs. `npm run bench:guard [-- folder of the sets]`; the numbers stand
 * in docs/guard.md. What the model does on a set that it was learned without is measured by `purpgate train guard`, into models/guard/README.md.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.js';
import { hashPolicy, policyOf } from '../../src/guard/policy.js';
import { combined } from '../../src/guard/prompt/combined-judge.js';
import { createJudgementCache, InputGuard } from '../../src/guard/prompt/input.js';
import { guardedWords } from '../../src/guard/prompt/model-features.js';
import { createModelJudge } from '../../src/guard/prompt/model-judge.js';
import type { PromptJudge, PromptJudgement } from '../../src/guard/prompt/prompt-judge.js';
import { createRuleJudge } from '../../src/guard/prompt/rule-judge.js';
import { createLogger } from '../../src/telemetry.js';
import { readLabelledFile } from '../../trainer/labelled-file.js';
import type { Message } from '../../src/types.js';
import { AGENT_TASKS, AGENTS } from '../guard/prompt/agents.js';
import { BENIGN_SECURITY } from '../guard/prompt/benign-security.js';

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

const model = await createModelJudge(join(packageRoot, 'models', 'guard'));
const rules = createRuleJudge();
const JUDGES: readonly (readonly [string, PromptJudge])[] = [
  ['rules', rules],
  ['model', model],
  ['both', combined(rules, model)],
];
const never = new AbortController().signal;
const policy = policyOf('default');
const { prompt } = policy;

const isBlocked = ({ label, score }: PromptJudgement): boolean =>
  label !== 'benign' && score >= prompt.blockFrom[label];
const isNoticed = ({ label, score }: PromptJudgement): boolean => label !== 'benign' && score >= prompt.annotateFrom;
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`.padStart(9);

interface Row {
  readonly text: string;
  readonly system: string;
}

async function shares(judge: PromptJudge, rows: readonly Row[], role: Message['role']): Promise<string> {
  let [blocked, noticed] = [0, 0];
  for (const { text, system } of rows) {
    const before = { said: '', guarded: [...guardedWords(system)] };
    const judgement = await judge.judge(role, text, { signal: never, before });
    if (isBlocked(judgement)) blocked += 1;
    if (isNoticed(judgement)) noticed += 1;
  }
  return `${percent(blocked, rows.length)} ${percent(noticed, rows.length)}`;
}

async function accuracy(name: string, rows: readonly Row[], { role, expects }: Omit<Source, 'file'>): Promise<void> {
  const kind = expects === 'attacks' ? 'recall' : 'false positives';
  for (const [judgeName, judge] of JUDGES)
    console.log(
      `${name.padEnd(23)} ${role.padEnd(5)} ${String(rows.length).padStart(5)} ${judgeName.padEnd(6)} ${await shares(judge, rows, role)}   ${kind}`,
    );
}

async function agents(): Promise<void> {
  const [, [, judge]] = JUDGES.slice(1) as [unknown, readonly [string, PromptJudge]];
  const guard = new InputGuard({
    policy,
    policyHash: hashPolicy(policy, [judge.hash]),
    judge,
    logger: createLogger('silent'),
    deadlineMs: 60_000,
    cache: createJudgementCache(),
  });
  let blocked = 0;
  let noticed = 0;
  for (const { name, frame } of AGENTS)
    for (const task of AGENT_TASKS) {
      const { verdicts, blockedBy } = await guard.judge(frame(task), { requestId: '', tenant: '', keyId: '' }, never);
      if (verdicts[0]?.action === 'annotate') noticed += 1;
      if (blockedBy === null) continue;
      blocked += 1;
      console.log(`blocked: ${name}: ${task}: ${blockedBy.findings.map(({ rule }) => rule).join(' ')}`);
    }
  const turns = AGENTS.length * AGENT_TASKS.length;
  console.log(
    `first turns of ${AGENTS.length} agents, ${AGENT_TASKS.length} tasks: ${blocked} of ${turns} blocked, ${noticed} annotated`,
  );
}

async function cost(): Promise<void> {
  const sentence =
    'Please refactor the handler so that each query runs in one transaction, and explain the trade-offs of that choice. ';
  // English prose has some 4.5 characters per token.
  for (const [name, judge] of JUDGES)
    for (const tokens of [512, 20_000]) {
      const text = sentence.repeat(Math.ceil((tokens * 4.5) / sentence.length));
      const times: number[] = [];
      for (let run = 0; run < (tokens > 1000 ? 20 : 400); run += 1) {
        const started = performance.now();
        await judge.judge('user', text, { signal: never });
        times.push(performance.now() - started);
      }
      times.sort((a, b) => a - b);
      const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
      console.log(`${name}, ${tokens} tokens: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
    }
}

console.log('set                     as     rows judge    blocked  annotated or blocked');
const folder = process.argv[2] ?? join(packageRoot, '..', 'shared', 'data', 'prompts');
if (existsSync(folder))
  for (const { file, ...source } of SOURCES)
    await accuracy(file, (await readLabelledFile(join(folder, `${file}.jsonl`))).rows, source);
else console.log(`no data sets in ${folder}`);
const own = BENIGN_SECURITY.map((text) => ({ text, system: '' }));
await accuracy('benign-security', own, { role: 'user', expects: 'benign' });
await agents();
await cost();
await model.stop();
