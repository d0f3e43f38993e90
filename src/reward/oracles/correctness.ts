/** Whether the answer's Python or JavaScript passes the tests that the prompt brings along: PurpCode's `correctness`, in our own sandbox. */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../../config.js';
import { findCode } from '../code.js';
import { undecided, type Judgement, type Oracle, type Sample } from '../oracle.js';
import type { ProgramCase } from '../program-tests.js';
import type { PromptTests } from '../prompt-tests.js';
import type { CheckJob, CheckOutcome, Sandbox } from '../sandbox.js';

/** Where code is run; a `Sandbox`, or one that starts when it is needed. */
export type CodeRunner = Pick<Sandbox, 'check'>;

const FOLDER = join('src', 'reward', 'oracles');
/** Known to no test, and last in the code, so that there is always a function to be found. */
const ANCHOR = 'purpgate_anchor';

/**
 * 1 when all tests pass, 0 when one fails or there is no code; null without tests, with tests that pass for functions that return None or
 * cannot run here, for code in other languages, and where nothing can be run.
 */
export function createCorrectnessOracle(runner: CodeRunner): Oracle {
  return {
    name: 'correctness',
    version: '3',
    async judge(sample, signal) {
      const { tests } = sample;
      if (tests === 'none') return undecided('there are no tests');
      const ofJavascript = tests.javascript ?? [];
      const ofPython = tests.scripts.length + tests.sessions.length;
      // Tests of a function say more; a program is judged where there are none.
      if (tests.programs !== undefined && ofPython + ofJavascript.length === 0) {
        const job = programJob(sample, tests.programs);
        return 'value' in job ? job : harnessJudgement(await runner.check(job, signal));
      }
      if (ofJavascript.length > 0 && (ofPython === 0 || hasCode(sample, 'javascript'))) {
        const code = programOf(sample, 'javascript');
        if (typeof code !== 'string') return code;
        return harnessJudgement(await runner.check(javascriptJob(code, ofJavascript), signal));
      }
      const code = programOf(sample, 'python');
      if (typeof code !== 'string') return code;
      const setup = fileOf('correctness.py');
      const run = (job: Pick<CheckJob, 'code' | 'test'>): Promise<CheckOutcome> =>
        runner.check(
          { functionName: ANCHOR, setup, ...job, code: `${job.code}\n\ndef ${ANCHOR}():\n    pass\n` },
          signal,
        );
      const given = python({ scripts: tests.scripts, sessions: tests.sessions });
      // The answer is only read here, so what this says depends on the prompt and on what the answer names.
      const stub = await run({ code: '', test: `run_against_stub(${given}, ${pythonText(code)})` });
      const flaw = flawOf(stub);
      if (flaw !== null) return undecided(flaw);
      return toJudgement(await run({ code, test: `run_against_answer(${given}, solution, ${pythonText(code)})` }));
    },
  };
}

const files = new Map<string, string>();

/** A file of this folder, read once. */
function fileOf(name: string): string {
  const text = files.get(name) ?? readFileSync(join(packageRoot, FOLDER, name), 'utf8');
  files.set(name, text);
  return text;
}

function javascriptJob(code: string, tests: readonly string[]): CheckJob {
  // Base64: half a surrogate pair is no text for Python.
  const job = JSON.stringify({ harness: fileOf('correctness-node.cjs'), code, tests });
  return {
    functionName: ANCHOR,
    setup: fileOf('correctness_node.py'),
    code: `def ${ANCHOR}():\n    pass\n`,
    test: `run_javascript("${Buffer.from(job).toString('base64')}")`,
    runtime: 'node',
  };
}

/** The answer as a program, with the examples that it must pass; a judgement where there is nothing to run. */
function programJob(sample: Sample, cases: readonly ProgramCase[]): CheckJob | Judgement {
  const language = hasCode(sample, 'javascript') && !hasCode(sample, 'python') ? 'javascript' : 'python';
  const code = programOf(sample, language);
  if (typeof code !== 'string') return code;
  const foreign = language === 'javascript' ? foreignModule(code) : undefined;
  if (foreign !== undefined) return undecided(`the code needs the module ${foreign}, which is not part of Node.js`);
  const isModule = language === 'javascript' && /^\s*(?:import\b[^(]|export\b|await\b)/m.test(code);
  const file = language === 'python' ? 'program.py' : isModule ? 'program.mjs' : 'program.cjs';
  const job = { runtime: language === 'python' ? 'python' : 'node', file, code, cases };
  return {
    functionName: ANCHOR,
    setup: `${fileOf('correctness.py')}\n\n${fileOf('correctness_program.py')}`,
    code: `def ${ANCHOR}():\n    pass\n`,
    test: `run_programs("${Buffer.from(JSON.stringify(job)).toString('base64')}")`,
    ...(language === 'javascript' && { runtime: 'node' }),
  };
}

/** A package that JavaScript asks for; undefined where there is none. */
function foreignModule(code: string): string | undefined {
  const asked = code.matchAll(/(?:\brequire\(\s*|\bfrom\s+|\bimport\s+)(['"])([^'"\n]+)\1/g);
  return Array.from(asked, ([, , name = '']) => name).find((name) => !isBuiltin(name));
}

/** Only the harness begins so: what the code throws stands behind the name of an assertion's error. */
function harnessJudgement(outcome: CheckOutcome): Judgement {
  const flaw =
    outcome.outcome === 'failed'
      ? /^(?:\w+\.)?Undecidable: (.*?)(?: \((?:test|setup):.*)?$/s.exec(outcome.reason)?.[1]
      : undefined;
  return flaw === undefined ? toJudgement(outcome) : undecided(flaw);
}

/** Why the tests prove nothing here; null when they can. */
function flawOf(stub: CheckOutcome): string | null {
  switch (stub.outcome) {
    case 'unavailable':
      return stub.reason;
    case 'passed':
      return null;
    case 'failed':
      return /\bUndecidable: ([^(]*?)(?: \(|$)/.exec(stub.reason)?.[1] ?? null;
  }
}

function toJudgement(outcome: CheckOutcome): Judgement {
  switch (outcome.outcome) {
    case 'unavailable':
      return undecided(outcome.reason);
    case 'passed':
      return { value: 1, evidence: [] };
    case 'failed':
      return failed(`A test of the prompt fails: ${outcome.reason}`);
  }
}

function failed(message: string): Judgement {
  return { value: 0, evidence: [{ rule: 'correctness/test-failed', cwe: null, start: null, end: null, message }] };
}

type Runnable = 'python' | 'javascript';

const hasCode = ({ response }: Sample, language: Runnable): boolean =>
  findCode(response, [language]).some(({ languages }) => languages[0] === language);

/** The code of the answer as one program, or what its absence means. Blocks that claim to be of the language outrank those that look so. */
function programOf({ response }: Sample, language: Runnable): string | Judgement {
  if (response.tool_calls.length > 0) return undecided('code in tool calls is not run');
  const units = findCode(response, [language]);
  const own = units.filter(({ languages }) => languages[0] === language);
  const named = own.filter(({ trust }) => trust === 'named');
  const chosen = named.length > 0 ? named : own;
  if (chosen.length > 0) return chosen.map(({ code }) => code).join('\n');
  if (units.length === 0) return failed('There is no code to test.');
  return undecided(`the tests are of ${language === 'python' ? 'Python' : 'JavaScript'}, and the code is not`);
}

/** JSON strings are Python strings. */
function pythonText(text: string): string {
  return JSON.stringify(text);
}

/** Neither numbers nor null nor booleans occur. */
function python(tests: PromptTests): string {
  return JSON.stringify(tests);
}
