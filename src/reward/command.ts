/** `purpgate reward`: scores prompts and answers given as JSON lines. Needs no server. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { loadConfig } from '../config.js';
import { PurpgateError, toPurpgateError } from '../errors.js';
import { SAMPLE_KINDS, type RecordedAnswer, type RewardRecord } from '../events/interaction.js';
import { jsonObject, list } from '../events/read.js';
import { createCodeScanner } from '../guard/code/scanner.js';
import { parseAnalysisAnswer } from '../text/analysis-answer.js';
import type { JsonObject } from '../types.js';
import { judgeOf } from './judge.js';
import { labelAnswer, type LabelledAnswer } from './refusal-label.js';
import { createLazySandbox } from './lazy-sandbox.js';
import { openRewards } from './own-oracle.js';
import { promptTurns, type PromptTurn } from './prompt.js';
import type { ProgramCase } from './program-tests.js';
import { testsFrom, testsIn } from './prompt-tests.js';
import { createSampleScorer, type UnscoredSample } from './score.js';

interface RewardCommandIo {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

const HELP = `Usage: purpgate reward [--json] [--require-format] < samples.jsonl

Scores answers. Reads one JSON object per line from standard input:
  prompt    a string, or an array of messages {role, content}
  response  the answer as the model wrote it, with or without ## Analysis / ## Answer
  kind      optional: code, malicious, security_question or general; decided from the prompt when absent;
            refusal: no score, but the label full_refusal, partial_refusal or compliance
  tests     optional: tests in Python or JavaScript that the code must pass, a string or an array: assertions, sessions of the
            interpreter, or {"input", "output"} of a whole program; taken from the last message of the user when absent

Options:
  --json            print one reward record per line, in order; a line that cannot be read gives {"error": …} in its place
  --require-format  an answer without ## Analysis / ## Answer scores 0; otherwise only an answer that has a heading is held to them
  --help            print this text

REWARDS_FILE may add oracles and weigh objectives (docs/rewards.md).
With JUDGE_URL and JUDGE_MODEL set, a judge model is asked where the wording of an answer does not tell.
A score is a number in [0, 1], or null with the reason when an oracle that the kind needs could not run.
`;

/** Resolves with the exit code: 0 done (also when single lines are at fault), 1 failed, 2 wrong usage. */
export async function rewardCommand(args: readonly string[], io: RewardCommandIo): Promise<number> {
  const unknown = args.find((argument) => !['--json', '--require-format', '--help', '-h'].includes(argument));
  if (unknown !== undefined) {
    io.stderr.write(`purpgate reward: there is no option ${unknown}; see purpgate reward --help\n`);
    return 2;
  }
  if (args.includes('--help') || args.includes('-h')) {
    io.stdout.write(HELP);
    return 0;
  }
  const format = args.includes('--require-format') ? 'required' : 'where-written';
  const print = args.includes('--json') ? printJson : printRow;
  const config = loadConfig();
  const rewards = await openRewards(config);
  const judge = judgeOf(config);
  const scanner = await createCodeScanner();
  const sandbox = createLazySandbox({
    onUnavailable: (reason) => io.stderr.write(`purpgate reward: correctness is not scored: ${reason}\n`),
  });
  try {
    const scorer = createSampleScorer({ scanner, runner: sandbox, judge, rewards });
    if (print === printRow) io.stdout.write(`${row(['LINE', 'KIND', 'SCORE', 'COMPONENTS', 'WHY'])}\n`);
    let number = 0;
    for await (const line of createInterface({ input: io.stdin, crlfDelay: Infinity, signal: io.signal })) {
      number += 1;
      if (line.trim() === '') continue;
      await write(io, print(await scoreLine(line), number));
    }
    return io.signal.aborted ? 1 : 0;

    async function scoreLine(line: string): Promise<Result> {
      try {
        const given = parseLine(line);
        return given['kind'] === 'refusal'
          ? labelAnswer(readPrompt(given['prompt']), readResponse(readText(given['response'])))
          : await scorer.score(readSample(given, format), io.signal);
      } catch (thrown) {
        return toPurpgateError(thrown);
      }
    }
  } finally {
    await judge?.stop();
    await rewards.stop();
    await sandbox.stop();
    await scanner.stop();
  }
}

type Result = RewardRecord | LabelledAnswer | PurpgateError;

function printJson(result: Result): string {
  return JSON.stringify(result instanceof PurpgateError ? { error: result.publicMessage } : result);
}

function printRow(result: Result, line: number): string {
  if (result instanceof PurpgateError) return row([`${line}`, '-', '-', '-', result.publicMessage]);
  if ('label' in result) return row([`${line}`, result.kind, '-', '-', result.label]);
  const { own = {} } = result.components;
  const shown = Object.entries({ ...result.components, ...own }).flatMap(([name, value]) =>
    typeof value === 'number' ? [`${name}=${value}`] : [],
  );
  const evidence = result.evidence.map(({ rule, cwe }) => (cwe === null ? rule : `${rule} (${cwe})`));
  return row([
    `${line}`,
    `${result.kind} ${result.kind_confidence.toFixed(2)}`,
    result.score === null ? 'null' : result.score.toFixed(2),
    shown.join(' '),
    [...(result.unscored_reason === null ? [] : [result.unscored_reason]), ...evidence].join(', '),
  ]);
}

const WIDTHS = [5, 23, 6, 32, 0];

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join(' ')
    .trimEnd();
}

/** Waits for a reader that is slower than we are. */
async function write({ stdout, signal }: RewardCommandIo, line: string): Promise<void> {
  if (!stdout.write(`${line}\n`)) await once(stdout, 'drain', { signal });
}

function readSample(given: JsonObject, format: 'required' | 'where-written'): UnscoredSample {
  const text = readText(given['response']);
  const kind = SAMPLE_KINDS.find((known) => known === given['kind']);
  if (kind === undefined && isGiven(given['kind'])) throw fault('kind', `one of ${SAMPLE_KINDS.join(', ')}, refusal`);
  const prompt = readPrompt(given['prompt']);
  return {
    prompt,
    response: readResponse(text),
    format: format === 'required' || HEADING.test(text) ? 'required' : 'absent',
    tests: readTests(given['tests'], prompt),
    ...(kind === undefined ? {} : { kind }),
  };
}

const HEADING = /^[ \t]*## (?:Analysis|Answer)[ \t]*\r?$/m;

function isGiven(value: JsonObject[string]): boolean {
  return value !== undefined && value !== null;
}

function parseLine(line: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(line);
    return jsonObject(parsed, '');
  } catch {
    throw new PurpgateError('invalid_request', { publicMessage: 'the line is not a JSON object' });
  }
}

function readPrompt(prompt: JsonObject[string]): PromptTurn[] {
  if (typeof prompt === 'string') return [{ role: 'user', text: prompt }];
  if (!Array.isArray(prompt) || prompt.length === 0) throw fault('prompt', 'a string or an array of messages');
  try {
    return promptTurns(list(jsonObject)(prompt, '/prompt'));
  } catch (thrown) {
    const error = toPurpgateError(thrown);
    throw error.code === 'event_invalid' ? fault('prompt', 'a string or an array of messages') : error;
  }
}

function readTests(tests: JsonObject[string], prompt: readonly PromptTurn[]): UnscoredSample['tests'] {
  if (!isGiven(tests)) return testsIn(prompt) ?? 'none';
  return testsFrom((Array.isArray(tests) ? tests : [tests]).map(readTest)) ?? 'none';
}

function readTest(test: unknown): string | ProgramCase {
  if (typeof test === 'string') return test;
  const { input, output } = (typeof test === 'object' && test !== null ? test : {}) as Record<string, unknown>;
  if (typeof input !== 'string' || typeof output !== 'string')
    throw fault('tests', 'a string, {"input": string, "output": string}, or an array of these');
  return { input, output };
}

function readText(response: JsonObject[string]): string {
  if (typeof response !== 'string') throw fault('response', 'a string');
  return response;
}

/** As the engine splits it, so that a text scores here as it would when served. */
function readResponse(text: string): RecordedAnswer {
  const parts = parseAnalysisAnswer(text);
  return {
    reasoning: parts?.analysis ?? '',
    content: parts?.answer ?? text,
    tool_calls: [],
    finish: 'stop',
  };
}

function fault(field: string, expected: string): PurpgateError {
  return new PurpgateError('invalid_request', { publicMessage: `${field} must be ${expected}`, param: field });
}
