import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { PurpgateError } from '../../../src/errors.js';
import { completePythonEnd } from '../../../src/guard/code/python/statement-end.js';
import { Analyser } from '../../../src/guard/code/scan.js';
import { type CodeScanner, createCodeScanner } from '../../../src/guard/code/scanner.js';

const VULNERABLE = 'import os\ndef f(host):\n    os.system("ping " + host)\n';
const failsWith =
  (code: string) =>
  (thrown: unknown): boolean =>
    thrown instanceof PurpgateError && thrown.code === code;

/** Takes any machine longer than the deadlines here. */
const SLOW = Array.from({ length: 4000 }, (_, index) => `x${index} = x${index} + [${'y + '.repeat(60)}1]\n`).join('');

describe('the code scanner', () => {
  let scanner: CodeScanner;
  before(async () => {
    scanner = await createCodeScanner({ workers: 2, deadlineMs: 5000 });
  });
  after(() => scanner.stop());

  test('finds what a scan in this thread finds', async () => {
    const expected = await new Analyser().scan(VULNERABLE, 'python');
    assert.deepEqual(await scanner.scan(VULNERABLE, 'python'), expected);
    assert.deepEqual(await scanner.scan(VULNERABLE, 'py'), expected);
  });

  test('answers many at once, each with its own', async () => {
    const codes = Array.from({ length: 20 }, (_, index) => '\n'.repeat(index) + VULNERABLE);
    const results = await Promise.all(codes.map((code) => scanner.scan(code, 'python')));
    const lines = results.map((result) => (result.outcome === 'scanned' ? result.findings[0]?.span?.line : null));
    assert.deepEqual(
      lines,
      codes.map((_, index) => index + 3),
    );
  });

  test('knows its languages and a stable hash of its rules', async () => {
    assert.deepEqual(scanner.languages, ['python', 'javascript', 'typescript', 'c', 'cpp', 'java', 'go', 'php']);
    assert.match(scanner.rulesHash, /^[0-9a-f]{64}$/);
    const other = await createCodeScanner();
    assert.equal(other.rulesHash, scanner.rulesHash);
    await other.stop();
  });

  test('another language is unsupported', async () => {
    assert.deepEqual(await scanner.scan('x', 'brainfuck'), { outcome: 'unsupported' });
    assert.deepEqual(await scanner.scanPrefix('abc', 'brainfuck'), {
      completeEnd: 3,
      result: { outcome: 'unsupported' },
    });
  });

  test('a prefix has its findings and the end of its complete statements', async () => {
    const { completeEnd, result } = await scanner.scanPrefix(`${VULNERABLE}y = `, 'python');
    assert.equal(completeEnd, VULNERABLE.length);
    assert.equal(result.outcome === 'scanned' && result.findings.length, 1);
  });

  test('an aborted scan rejects, and the next one is answered', async () => {
    await assert.rejects(scanner.scan(VULNERABLE, 'python', AbortSignal.abort()), failsWith('request_aborted'));
    const controller = new AbortController();
    const pending = scanner.scan(VULNERABLE, 'python', controller.signal);
    controller.abort();
    await assert.rejects(pending, failsWith('request_aborted'));
    assert.equal((await scanner.scan(VULNERABLE, 'python')).outcome, 'scanned');
  });

  test('code that is too long is refused', async () => {
    await assert.rejects(scanner.scan('x'.repeat(1024 * 1024 + 1), 'python'), failsWith('guard_failed'));
  });
});

describe('limits of the code scanner', () => {
  let patient: CodeScanner;
  before(async () => {
    // Generous, since the machine may be busy: what is tested is that it ends at all.
    patient = await createCodeScanner({ deadlineMs: 60_000 });
  });
  after(() => patient.stop());

  test('a scan that overruns its deadline fails, and its worker is replaced', async () => {
    const scanner = await createCodeScanner({ deadlineMs: 300 });
    const started = performance.now();
    await assert.rejects(scanner.scan(SLOW, 'python'), failsWith('guard_failed'));
    assert.ok(performance.now() - started < 2500);
    assert.equal((await scanner.scan('x = 1\n', 'python')).outcome, 'scanned');
    await scanner.stop();
  });

  test('stopping is idempotent and fails what waits', async () => {
    const scanner = await createCodeScanner();
    const pending = assert.rejects(scanner.scan(SLOW, 'python'), failsWith('guard_failed'));
    await Promise.all([scanner.stop(), scanner.stop()]);
    await pending;
    await assert.rejects(scanner.scan('x', 'python'), failsWith('guard_failed'));
  });

  const inTime = (name: string, code: string): void => {
    test(`${name} does not hang`, async () => {
      const result = await patient.scan(code, 'python');
      assert.equal(result.outcome, 'scanned');
    });
  };
  const function_ = (index: number): string =>
    `def f${index}(db, a, b):\n    q = "SELECT x FROM t WHERE a = %s" % int(a)\n    for r in db.execute(q):\n        if r[0] == b:\n            print(r)\n    return f${index - 1}(db, a, b)\n`;
  inTime('code of 10,000 lines', Array.from({ length: 1700 }, (_, index) => function_(index)).join(''));
  inTime('a sum of 5,000 terms', `x = ${Array.from({ length: 5000 }, (_, index) => `a${index}`).join(' + ')}\n`);
  inTime('deep brackets', `x = ${'('.repeat(20_000)}1${')'.repeat(20_000)}\n`);
  inTime('a deep list', `x = ${'['.repeat(5000)}1${']'.repeat(5000)}\n`);
  inTime('a long call chain', `x = a${'.b()'.repeat(3000)}\n`);
  inTime(
    'an elif chain',
    `if a == 0:\n    x = 0\n${Array.from({ length: 2000 }, (_, index) => `elif a == ${index}:\n    x = ${index}\n`).join('')}`,
  );
  inTime(
    'deep nesting of loops',
    Array.from({ length: 80 }, (_, depth) => `${' '.repeat(depth)}for i${depth} in x:\n`).join('') +
      `${' '.repeat(80)}pass\n`,
  );
  inTime(
    'functions that call each other',
    Array.from(
      { length: 60 },
      (_, index) =>
        `def f${index}(x):\n${Array.from({ length: 20 }, (__, other) => `    f${(index + other + 1) % 60}(x)\n`).join('')}`,
    ).join(''),
  );
  inTime('doubling strings', `def f(x):\n    s = x\n${'    s = s + s + "a"\n'.repeat(400)}    return s\n`);
  inTime('an open quote', `x = """${'a\n'.repeat(20_000)}`);
  inTime('noise', '\u0000{{[[)(*&^%$#@!'.repeat(3000));

  test('memory stays flat over 1,000 scans', async () => {
    const analyser = new Analyser();
    const code = VULNERABLE.repeat(10);
    for (let round = 0; round < 300; round += 1) await analyser.scan(code, 'python');
    const before = process.memoryUsage();
    for (let round = 0; round < 1000; round += 1) await analyser.scan(`${code}# ${round}\n`, 'python');
    const after = process.memoryUsage();
    assert.ok(
      after.external + after.arrayBuffers <= before.external + before.arrayBuffers + 8e6,
      'WebAssembly memory grew',
    );
    assert.ok(after.heapUsed < before.heapUsed + 60e6, `heap grew from ${before.heapUsed} to ${after.heapUsed}`);
  });
});

describe('the end of complete Python statements', () => {
  const ends = (name: string, complete: string, rest: string): void => {
    test(name, () => {
      assert.equal(completePythonEnd(complete + rest), complete.length);
    });
  };
  ends('nothing is complete in one statement', '', 'x = 1\n');
  ends('a statement is complete when the next begins', 'x = 1\n', 'y');
  ends('an indented block goes on', 'import os\n', 'def f():\n    x = 1\n    y = 2\n');
  ends('blank lines and comments belong to what follows', 'x = 1\n\n# about y\n', 'y = 2\n');
  ends('a comment begins nothing', '', 'x = 1\n# done\n');
  ends('else goes on', '', 'if a:\n    b\nelse:\n    c\n');
  ends('the beginning of an else may be one', '', 'if a:\n    b\nel');
  ends('a word that is no else', 'if a:\n    b\n', 'elephant = 1');
  ends('except and finally go on', '', 'try:\n    a\nexcept E:\n    b\nfinally:\n    c\n');
  ends('decorators belong to their function', 'x = 1\n', '@a\n@b(\n  1,\n)\ndef f():\n    pass\n');
  ends('brackets over lines', '', 'x = [\n1,\n2,\n');
  ends('a triple quote over lines', '', 'x = """\ny = 1\nz = 2\n');
  ends('after a triple quote', 'x = """\ny = 1\n"""\n', 'z = 2\n');
  ends('quotes within quotes', 'x = "\'\'\'"\ny = \'"""\'\n', 'z = 2\n');
  ends('brackets within quotes and comments', 'x = "(" # [\n', 'z = 2\n');
  ends('a backslash at the end', '', 'x = 1 + \\\n2\n');
  ends('an escaped quote', 'x = "a\\"("\n', 'y = 1\n');
  ends('code that is indented as a whole', '    x = 1\n', '    y = 2\n        ');
  ends('windows line ends', 'x = 1\r\n', 'y = 2\r\n');

  test('it only grows with the code, and never reaches into the last statement', () => {
    const line = fc.constantFrom(
      'x = 1',
      'if a:',
      '    b',
      'else:',
      'y = """',
      '"""',
      'f(',
      ')',
      '# c',
      '',
      '@d',
      'def g():',
      '  return 1',
      "s = 'it'",
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const code = lines.map((text) => `${text}\n`).join('');
        let last = 0;
        for (let end = 0; end <= code.length; end += 1) {
          const complete = completePythonEnd(code.slice(0, end));
          assert.ok(complete >= last && complete <= end);
          last = complete;
        }
      }),
    );
  });
});
