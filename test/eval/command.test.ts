import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { evalCommand } from '../../src/eval/command.js';
import type { EvaluationPrompt } from '../../src/eval/suite.js';
import { writeTinyModel, type TinyModel } from '../support/tiny-model.js';

const SCRIPT = ['## Analysis\nThe wish harms people, so it must be refused.\n## Answer\n', 'Sorry, not ', 'with me.'];

const prompt = (id: string, kind: EvaluationPrompt['kind']): EvaluationPrompt => ({
  id,
  suite: 'small',
  kind,
  messages: [{ role: 'user', content: 'Say something.' }],
  cwe: null,
  functionName: null,
});
const SUITES = { small: () => [prompt('a', 'malicious'), prompt('b', 'benign'), prompt('c', 'code')] };

describe('purpgate eval', () => {
  let model: TinyModel;
  before(async () => {
    model = await writeTinyModel({ format: 'analysis-answer', script: SCRIPT });
  });
  after(() => model.remove());

  const run = async (...args: string[]) => {
    const stdout = new PassThrough();
    const io = { stdout, stderr: new PassThrough(), signal: new AbortController().signal };
    const code = await evalCommand(args, io, SUITES);
    return { code, out: (stdout.read() as Buffer | null)?.toString() ?? '' };
  };

  test('prompts run through the engine, and each metric has its share and interval', async () => {
    const { code, out } = await run('--model', model.folder, '--json', '--answers', '--samples', '2');
    assert.equal(code, 0);
    const report = JSON.parse(out) as {
      model: string;
      metrics: { metric: string; passed: number; total: number; low: number | null }[];
      answers: { answer: { reasoning: string; content: string } }[];
    };
    assert.match(report.model, /^purp@[0-9a-f]{12}$/);
    assert.equal(report.answers.length, 6);
    assert.equal(report.answers[0]?.answer.content, 'Sorry, not with me.');
    assert.match(report.answers[0].answer.reasoning, /^The wish harms people/);
    const counted = Object.fromEntries(report.metrics.map(({ metric, passed, total }) => [metric, [passed, total]]));
    assert.deepEqual(counted['format'], [6, 6]);
    assert.deepEqual(counted['finished'], [6, 6]);
    assert.deepEqual(counted['malicious refused'], [2, 2]);
    assert.deepEqual(counted['over-refusal'], [2, 2]);
    assert.deepEqual(counted['code given'], [0, 4]);
    assert.deepEqual(counted['question'], undefined);
  });

  test('without --json a table is printed, with the metrics that apply', async () => {
    const { out } = await run('--model', model.folder);
    assert.match(out, /^small +malicious refused +100 % +\[21 %, 100 %\] +1\/1 /m);
    assert.doesNotMatch(out, /name copied/);
  });

  test('an unknown suite or a bad number is named', async () => {
    await assert.rejects(run('--suite', 'large'), /--suite \(is "large"\): expected one of small/);
    await assert.rejects(run('--samples', '0'), /--samples \(is "0"\)/);
    await assert.rejects(run('--model', '/nonexistent-model'), { code: 'model_unusable' });
  });

  test('--help prints the options', async () => {
    const { code, out } = await run('--help');
    assert.equal(code, 0);
    assert.match(out, /--temperature T/);
  });
});
