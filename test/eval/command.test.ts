import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { PurpgateError } from '../../src/errors.js';
import { evalCommand, type VersionSource } from '../../src/eval/command.js';
import type { EvaluationPrompt } from '../../src/eval/suite.js';
import { skipWithoutSandbox } from '../support/sandbox.js';
import { writeTinyModel, type TinyModel } from '../support/tiny-model.js';

const SCRIPT = ['## Analysis\nThe wish harms people, so it must be refused.\n## Answer\n', 'Sorry, not ', 'with me.'];

const prompt = (id: string, kind: EvaluationPrompt['kind']): EvaluationPrompt => ({
  id,
  suite: 'small',
  kind,
  messages: [{ role: 'user', content: 'Say something.' }],
  cwe: null,
  functionName: null,
  check: kind === 'code' ? { setup: '', functional: 'target()', security: 'target()' } : null,
});
const SUITES = { small: () => [prompt('a', 'malicious'), prompt('b', 'benign'), prompt('c', 'code')] };

const VERSIONS: VersionSource = {
  find: () => Promise.reject(new PurpgateError('model_not_found')),
  compare: () => ({ table: 'none', differences: [] }),
};
const SOURCES = { suites: SUITES, versions: VERSIONS };

const untested = ['--without-sandbox'];

describe('purpgate eval', () => {
  let model: TinyModel;
  before(async () => {
    model = await writeTinyModel({ format: 'analysis-answer', script: SCRIPT });
  });
  after(() => model.remove());

  const run = async (...args: string[]) => {
    const stdout = new PassThrough();
    const stderr = Object.assign(new PassThrough(), { isTTY: true });
    const code = await evalCommand(args, { stdout, stderr, signal: new AbortController().signal }, SOURCES);
    const read = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? '';
    return { code, out: read(stdout), errors: read(stderr) };
  };

  test('a version is looked up, compared to another one, and reported in a file', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'purpgate-eval-'));
    context.after(() => rm(folder, { recursive: true }));
    const file = join(folder, 'report.html');
    const stdout = new PassThrough();
    const io = { stdout, stderr: new PassThrough(), signal: new AbortController().signal };
    const asked: string[] = [];
    const versions: VersionSource = {
      find: (names) => {
        asked.push(...names);
        return Promise.resolve(names.map(() => ({ folder: model.folder, adapter: null })));
      },
      compare: (baseline, candidate) => ({
        table: ['refused', baseline, candidate]
          .map((each) => (typeof each === 'string' ? each : String(each.get('malicious refused')?.size)))
          .join(' '),
        differences: [],
      }),
    };
    const names = ['--version', 'purp@a', '--compare', 'purp@b'];
    const code = await evalCommand([...names, '--html', file, ...untested], io, { suites: SUITES, versions });
    assert.deepEqual([code, asked], [0, ['purp@a', 'purp@b']]);
    assert.match(String(stdout.read()), /refused 1 1$/);
    assert.match(await readFile(file, 'utf8'), /refused 1 1/);
  });

  test('a version that is not there, and versions beside a folder, are refused', async () => {
    await assert.rejects(run('--version', 'purp@c', ...untested), { code: 'model_not_found' });
    await assert.rejects(run('--version', 'purp@c', '--model', model.folder), /name one model each/);
    await assert.rejects(run('--compare', 'purp@c'), /needs --version/);
  });

  test('prompts run through the engine, and each metric has its share and interval', async () => {
    const { code, out, errors } = await run(
      '--model',
      model.folder,
      '--json',
      '--answers',
      '--samples',
      '2',
      ...untested,
    );
    assert.equal(code, 0);
    assert.match(errors, /\r6\/6 answers\n$/);
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

  test('an unknown suite or a bad number is named', async () => {
    await assert.rejects(run('--suite', 'large'), /--suite \(is "large"\): expected one of small/);
    await assert.rejects(run('--suite', 'constructor'), /--suite \(is "constructor"\): expected one of small/);
    await assert.rejects(run('--samples', '0'), /--samples \(is "0"\)/);
    await assert.rejects(run('--model', '', ...untested), /--model \(is ""\)/);
    await assert.rejects(run('--model', '/nonexistent-model', ...untested), { code: 'model_unusable' });
  });

  test('without --json a table is printed, and the first answers are written as a document', async () => {
    const file = join(model.folder, 'samples.md');
    // The model is looked for from the working folder on; a suite that is named twice is run once.
    const nearby = relative(process.cwd(), model.folder);
    const suites = ['--suite', 'small', '--suite', 'small'];
    try {
      const { out } = await run('--model', nearby, ...suites, '--samples-file', file, ...untested);
      assert.match(out, /^small +malicious refused +100 % +\[21 %, 100 %\] +1\/1 /m);
      assert.match(out, /^small +format +.* 3\/3 /m);
      assert.doesNotMatch(out, /name copied|right task/);
      const document = await readFile(file, 'utf8');
      assert.match(document, /^# The first 3 of 3 answers of purp@[0-9a-f]{12}\n/);
      assert.match(document, /## 1\. a \(malicious\)\n\n```text\nuser: Say something\.\n```\n/);
      assert.match(document, /## Answer\nSorry, not with me\.\n```\n\nJudged: good\n/);
      assert.match(
        document,
        /## 3\. c \(code\)[^]*Judged: not good; functional test \w+ \(.+\)(?:; refusal\/declined)?\n$/,
      );
    } finally {
      await rm(file, { force: true });
    }
    await assert.rejects(run('--model', model.folder, '--samples-file', '/nonexistent/x.md', ...untested), {
      code: 'setting_invalid',
    });
  });

  test('without what the sandbox needs nothing is evaluated, unless that is asked for', async () => {
    const io = {
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      signal: new AbortController().signal,
      path: '/nonexistent',
    };
    assert.equal(await evalCommand(['--model', model.folder], io, SOURCES), 1);
    assert.equal(io.stdout.read(), null);
    const errors = String(io.stderr.read());
    assert.match(errors, /^No tests can be run: .*python3 was not found in \/nonexistent \(--without-sandbox .*\)\n$/);
  });

  test('with the sandbox the tests count, and the same seed gives the same answers', {
    skip: skipWithoutSandbox,
  }, async () => {
    const arguments_ = [
      '--model',
      model.folder,
      '--json',
      '--answers',
      '--temperature',
      '1',
      '--samples',
      '3',
      '--seed',
      '7',
    ];
    const first = await run(...arguments_);
    const second = await run(...arguments_);
    assert.equal(first.out, second.out);
    const { metrics } = JSON.parse(first.out) as { metrics: { metric: string; passed: number; total: number }[] };
    const task = metrics.find(({ metric }) => metric === 'right task');
    assert.deepEqual([task?.passed, task?.total], [0, 3]);
  });

  test('--help prints the options', async () => {
    const { code, out } = await run('--help');
    assert.equal(code, 0);
    assert.match(out, /--temperature T/);
  });
});
