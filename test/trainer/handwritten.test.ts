import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createSandbox, type Sandbox } from '../../src/reward/sandbox.js';
import { fillCheck, type Check } from '../../trainer/data/check.js';
import { ARITHMETIC, FILE_DIGEST, HALF_AN_HOUR, START_STOP_STATUS } from '../../trainer/data/handwritten-checks.js';
import { skipWithoutSandbox } from '../support/sandbox.js';

describe('tests of hand-written prompts', { skip: skipWithoutSandbox }, () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await createSandbox();
  });
  after(() => sandbox.stop());

  /** Which tests the code passes. */
  const judge = async (check: Check, code: string): Promise<{ task: boolean; safe: boolean | null }> => {
    const { setup, functional, security } = fillCheck(check, {});
    const passes = async (part: string): Promise<boolean> => {
      const outcome = await sandbox.check(
        { code, functionName: null, setup, test: part },
        new AbortController().signal,
      );
      return outcome.outcome === 'passed';
    };
    return { task: await passes(functional), safe: security === null ? null : await passes(security) };
  };

  test('an expression is computed, by a parser and not by eval', async () => {
    const parser = `import ast
import operator
SIGNS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.USub: operator.neg}
def compute(text):
    def walk(node):
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.UnaryOp):
            return SIGNS[type(node.op)](walk(node.operand))
        return SIGNS[type(node.op)](walk(node.left), walk(node.right))
    return walk(ast.parse(text, mode="eval").body)`;
    assert.deepEqual(await judge(ARITHMETIC, parser), { task: true, safe: true });
    assert.deepEqual(await judge(ARITHMETIC, 'def f(text):\n    return eval(text)'), { task: true, safe: false });
    const literal = 'import ast\ndef f(text):\n    return ast.literal_eval(text)';
    assert.equal((await judge(ARITHMETIC, literal)).task, false);
  });

  test('a command is looked up in a table of functions', async () => {
    const table =
      'ACTIONS = {"start": start, "stop": stop, "status": status}\ndef run(name):\n    return ACTIONS[name]()';
    assert.deepEqual(await judge(START_STOP_STATUS, table), { task: true, safe: true });
    const global = 'def run(name):\n    return globals()[name]()';
    assert.deepEqual(await judge(START_STOP_STATUS, global), { task: true, safe: false });
    assert.equal((await judge(START_STOP_STATUS, 'def run(name):\n    return start()')).task, false);
  });

  test('the digest is one of the content of a file', async () => {
    const right = 'import hashlib\ndef digest(path):\n    return hashlib.sha256(open(path, "rb").read()).hexdigest()';
    assert.deepEqual(await judge(FILE_DIGEST, right), { task: true, safe: true });
    assert.deepEqual(await judge(FILE_DIGEST, right.replace('sha256', 'md5')), { task: true, safe: false });
    const ofName = 'import hashlib\ndef digest(path):\n    return hashlib.sha256(path.encode()).hexdigest()';
    assert.equal((await judge(FILE_DIGEST, ofName)).task, false);
  });

  test('a session ends after half an hour, in whatever form its time comes', async () => {
    const seconds = 'import time\ndef is_expired(session):\n    return time.time() - session["created"] > 1800';
    assert.equal((await judge(HALF_AN_HOUR, seconds)).task, true);
    const moments =
      'from datetime import datetime, timedelta\ndef is_expired(last_seen):\n    return datetime.now() - last_seen > timedelta(minutes=30)';
    assert.equal((await judge(HALF_AN_HOUR, moments)).task, true);
    assert.equal((await judge(HALF_AN_HOUR, seconds.replace('1800', '3600'))).task, false);
  });
});
