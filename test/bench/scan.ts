/**
 * What scanning costs: files of 200 lines with all rules of a language on the thread that asks, an answer that streams through the whole output
 * guard, and the turn of an agent that sends its conversation again. `npm run bench:scan`; it writes its section of docs/benchmarks.md.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.js';
import { Analyser } from '../../src/guard/code/scan.js';
import { createCodeScanner } from '../../src/guard/code/scanner.js';
import { createGuard } from '../../src/guard/create.js';
import { policyOf } from '../../src/guard/policy.js';
import { combined } from '../../src/guard/prompt/combined-judge.js';
import { createModelJudge } from '../../src/guard/prompt/model-judge.js';
import { createRuleJudge } from '../../src/guard/prompt/rule-judge.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Delta, Message } from '../../src/types.js';
import { C_DATA_PAIRS } from '../guard/code/c-data-pairs.js';
import { C_MEMORY_PAIRS } from '../guard/code/c-memory-pairs.js';
import { GO_PAIRS } from '../guard/code/go-pairs.js';
import { JAVA_PAIRS } from '../guard/code/java-pairs.js';
import { JAVASCRIPT_PAIRS } from '../guard/code/javascript-pairs.js';
import { PHP_PAIRS } from '../guard/code/php-pairs.js';
import { PAIRS } from '../guard/code/python-pairs.js';
import { AGENT_TASKS, AGENTS } from '../guard/prompt/agents.js';
import { machineLines, writeSection } from './report.js';

interface Pair {
  readonly vulnerable: string;
  readonly safe: string;
}

const LINES = 200;
const FILES = 25;
const ROUNDS = 20;
const never = new AbortController().signal;

/** A file made of the rules' own pairs, another part of them for each `start`. */
function fileOf(pairs: readonly Pair[], start: number): string {
  let code = '';
  for (let index = start * 7; code.split('\n').length <= LINES; index += 1) {
    const pair = pairs[index % pairs.length];
    code += `${index % 2 === 0 ? pair?.safe : pair?.vulnerable}\n\n`;
  }
  return code.split('\n').slice(0, LINES).join('\n');
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** CPU of all threads of the process in milliseconds. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function scans(name: string, pairs: readonly Pair[], analyser: Analyser): Promise<string> {
  const files = Array.from({ length: FILES }, (_, start) => fileOf(pairs, start));
  const times: number[] = [];
  const cpu: number[] = [];
  // The first round of all files lets V8 compile what is used; its times are left out.
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const file of files) {
      const started = performance.now();
      const used = await cpuOf(async () => {
        await analyser.scan(file, name);
      });
      if (round === 0) continue;
      times.push(performance.now() - started);
      cpu.push(used);
    }
  const columns = [times, cpu].flatMap((values) => [quantile(values, 0.5), quantile(values, 0.99)]);
  const size = files.reduce((sum, file) => sum + file.length, 0) / FILES / 1000;
  return `| ${name} | ${size.toFixed(1)} KB | ${columns.map((value) => value.toFixed(2)).join(' | ')} |`;
}

const model = await createModelJudge(join(packageRoot, 'models', 'guard'));
const scanner = await createCodeScanner();
const guard = createGuard({
  policy: policyOf('default'),
  scanner,
  metrics: createMetrics(),
  logger: createLogger('silent'),
  promptJudge: combined(createRuleJudge(), model),
});
const context = { requestId: 'bench', tenant: 'bench', keyId: 'bench' };

async function* deltasOf(text: string, size: number): AsyncGenerator<Delta> {
  for (let at = 0; at < text.length; at += size) {
    await Promise.resolve();
    yield { type: 'text', choice: 0, text: text.slice(at, at + size) };
  }
  yield { type: 'finish', choice: 0, reason: 'stop' };
}

/** CPU milliseconds per line of an answer of 4-character Deltas whose code has no weakness, so that none of it is cut short. */
async function streamed(pairs: readonly Pair[], fence: string): Promise<readonly number[]> {
  const code = pairs
    .filter(({ safe }) => safe.length < 2000)
    .map(({ safe }) => safe)
    .join('\n\n')
    .split('\n')
    .slice(0, LINES)
    .join('\n');
  const answer = `Here it is:\n\n\`\`\`${fence}\n${code}\n\`\`\`\n\nDone.\n`;
  const perLine: number[] = [];
  for (let round = 0; round < 45; round += 1) {
    let served = 0;
    const used = await cpuOf(async () => {
      for await (const delta of guard.output(deltasOf(answer, 4), context, never))
        if (delta.type === 'text') served += delta.text.length;
    });
    if (served < answer.length) throw new Error(`${fence}: ${answer.length - served} characters were withheld`);
    if (round >= 5) perLine.push(used / LINES);
  }
  return perLine;
}

interface Turn {
  readonly first: number;
  readonly again: number;
}

/** A conversation of 60 KB, judged for the first time, and then with one more message. The texts differ in every round. */
async function agentTurn(round: number): Promise<Turn> {
  const agent = AGENTS[round % AGENTS.length];
  const task = AGENT_TASKS[round % AGENT_TASKS.length] ?? '';
  const messages: Message[] = [...(agent?.frame(`${task} (${round})`) ?? [])];
  for (let step = 0; JSON.stringify(messages).length < 60_000; step += 1) {
    const id = `call_${step + 2}`;
    messages.push(
      {
        role: 'assistant',
        content: `Step ${step} of ${round}.`,
        toolCalls: [{ id, name: 'read_file', arguments: '{}' }],
      },
      { role: 'tool', content: `# part ${step} of ${round}\n${fileOf(PAIRS, step + round)}`, toolCallId: id },
    );
  }
  const timed = async (turn: readonly Message[]): Promise<number> => {
    const started = performance.now();
    await guard.input(turn, context, never);
    return performance.now() - started;
  };
  const first = await timed(messages);
  return { first, again: await timed([...messages, { role: 'user', content: `Now add a test for case ${round}.` }]) };
}

const analyser = new Analyser();
await analyser.warm();
const tables: string[] = [];
for (const [name, pairs] of [
  ['python', PAIRS],
  ['javascript', JAVASCRIPT_PAIRS],
  ['java', JAVA_PAIRS],
  ['go', GO_PAIRS],
  ['php', PHP_PAIRS],
  ['c', [...C_DATA_PAIRS, ...C_MEMORY_PAIRS]],
] as const)
  tables.push(await scans(name, pairs, analyser));

const streams: string[] = [];
for (const [fence, pairs] of [
  ['python', PAIRS],
  ['javascript', JAVASCRIPT_PAIRS],
  ['java', JAVA_PAIRS],
  ['go', GO_PAIRS],
  ['php', PHP_PAIRS],
  ['c', [...C_DATA_PAIRS, ...C_MEMORY_PAIRS]],
] as const) {
  const perLine = await streamed(pairs, fence);
  streams.push(`| ${fence} | ${quantile(perLine, 0.5).toFixed(3)} | ${quantile(perLine, 0.99).toFixed(3)} |`);
}

for (let round = 0; round < 5; round += 1) await agentTurn(1000 + round);
const turns: Turn[] = [];
for (let round = 0; round < 40; round += 1) turns.push(await agentTurn(round));
const ratio = (share: number): string =>
  `${(
    100 *
      quantile(
        turns.map(({ first, again }) => again / first),
        share,
      )
  ).toFixed(1)} %`;
const middle = (pick: (turn: Turn) => number): string => quantile(turns.map(pick), 0.5).toFixed(2);

const body = `A file of ${LINES} lines, all rules of its language, on one thread: ${FILES} files made of the rules' own test pairs, ${ROUNDS} scans of each after a first one.

| language | size | median ms | p99 ms | CPU of all threads, median ms | p99 ms |
| --- | ---: | ---: | ---: | ---: | ---: |
${tables.join('\n')}

The same kind of code, without weaknesses, as a fenced answer of ${LINES} lines in Deltas of 4 characters through the whole output guard (release by statement): CPU milliseconds per line, all threads.

| fence | median | p99 |
| --- | ---: | ---: |
${streams.join('\n')}

A conversation of 60 KB of a coding agent, judged by rules and model: ${middle(({ first }) => first)} ms the first time; sent again with one new message ${middle(({ again }) => again)} ms, ${ratio(0.5)} of it (median of ${turns.length}; p90 ${ratio(0.9)}).

\`npm run bench:scan\`, ${await machineLines()} Load of the machine while it ran: ${loadavg()[0]?.toFixed(1)}.`;
console.log(body);
await writeSection(join(packageRoot, 'docs', 'benchmarks.md'), 'Scanning', body);
await scanner.stop();
await model.stop();
