/** Whether the answer's Python passes the tests that the prompt brings along: PurpCode's `correctness`, in our own sandbox. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config.js';
import { findCode } from '../code.js';
import { undecided, type Judgement, type Oracle, type Sample } from '../oracle.js';
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
  let harness: string | null = null;
  return {
    name: 'correctness',
    version: '1',
    async judge(sample, signal) {
      const { tests } = sample;
      if (tests === 'none') return undecided('there are no tests');
      const code = programOf(sample);
      if (typeof code !== 'string') return code;
      harness ??= readFileSync(join(packageRoot, FOLDER, 'correctness.py'), 'utf8');
      const setup = harness;
      const run = (job: Pick<CheckJob, 'code' | 'test'>): Promise<CheckOutcome> =>
        runner.check(
          { functionName: ANCHOR, setup, ...job, code: `${job.code}\n\ndef ${ANCHOR}():\n    pass\n` },
          signal,
        );
      const given = python(tests);
      // The answer is only read here, so what this says depends on the prompt and on what the answer names.
      const stub = await run({ code: '', test: `run_against_stub(${given}, ${pythonText(code)})` });
      const flaw = flawOf(stub);
      if (flaw !== null) return undecided(flaw);
      return toJudgement(await run({ code, test: `run_against_answer(${given}, solution, ${pythonText(code)})` }));
    },
  };
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

/** The Python of the answer as one program, or what its absence means. Blocks that claim to be Python outrank those that look so. */
function programOf({ response }: Sample): string | Judgement {
  if (response.tool_calls.length > 0) return undecided('code in tool calls is not run');
  const units = findCode(response, ['python']);
  const python = units.filter(({ languages }) => languages[0] === 'python');
  const named = python.filter(({ trust }) => trust === 'named');
  const chosen = named.length > 0 ? named : python;
  if (chosen.length > 0) return chosen.map(({ code }) => code).join('\n');
  return units.length > 0 ? undecided('only Python can be run') : failed('There is no code to test.');
}

/** JSON strings are Python strings. */
function pythonText(text: string): string {
  return JSON.stringify(text);
}

/** Neither numbers nor null nor booleans occur. */
function python(tests: PromptTests): string {
  return JSON.stringify(tests);
}
