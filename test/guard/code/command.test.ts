import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Writable } from 'node:stream';
import { scanCommand } from '../../../src/guard/code/command.js';

const VULNERABLE = 'import os\ndef f(host):\n\tos.system("ping " + host)\n';
let folder = '';

function sink(): { stream: Writable; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

async function run(...args: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const out = sink();
  const err = sink();
  const io = { stdout: out.stream, stderr: err.stream, signal: new AbortController().signal };
  const status = await scanCommand(args, io);
  return { status, out: out.text(), err: err.text() };
}

/** The part of SARIF 2.1.0 that is looked at here. */
interface SarifLog {
  readonly version: string;
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: { readonly rules: readonly { id: string; properties: { tags: readonly string[] } }[] };
      };
      readonly invocations: readonly [
        { readonly toolExecutionNotifications: readonly { readonly message: { readonly text: string } }[] },
      ];
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly locations: readonly [
          {
            readonly physicalLocation: {
              readonly artifactLocation: { readonly uri: string };
              readonly region: Readonly<Record<'startLine' | 'startColumn' | 'endLine' | 'endColumn', number>>;
            };
          },
        ];
      }[];
    },
  ];
}

const jsonLines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scan-'));
  await mkdir(join(folder, 'pkg'));
  await mkdir(join(folder, '.git'));
  await mkdir(join(folder, 'node_modules'));
  await writeFile(join(folder, 'pkg', 'bad.py'), VULNERABLE);
  await writeFile(join(folder, 'pkg', 'good.py'), 'print("hello")\n');
  await writeFile(join(folder, 'pkg', 'readme.txt'), 'text');
  await writeFile(join(folder, 'cut.py'), 'import os\ndef f(h):\n    os.system("ls " + h)\n    x = (1,\n');
  await writeFile(join(folder, 'binary.py'), Buffer.from([1, 0, 2]));
  await writeFile(
    join(folder, 'latin.py'),
    Buffer.from('# \xe9\nimport os\ndef f(h):\n    os.system("ls " + h)\n', 'latin1'),
  );
  await writeFile(join(folder, '.git', 'bad.py'), VULNERABLE);
  await writeFile(join(folder, 'node_modules', 'bad.py'), VULNERABLE);
});
after(() => rm(folder, { recursive: true }));

describe('purpgate scan', () => {
  test('gives a JSON line per finding and per file that has errors', async () => {
    const { status, out } = await run('--json', folder);
    assert.equal(status, 0);
    const lines = jsonLines(out) as { file: string; line?: number; error?: string }[];
    const brief = lines.map(({ file, line, error }) => `${file.slice(folder.length + 1)} ${line ?? error ?? ''}`);
    assert.deepEqual(brief, [
      'binary.py is no text',
      'cut.py has syntax errors; what could be parsed was scanned',
      'cut.py 3',
      'latin.py 4',
      `${join('pkg', 'bad.py')} 3`,
    ]);
    assert.deepEqual(lines.at(-1), {
      file: join(folder, 'pkg', 'bad.py'),
      line: 3,
      endLine: 3,
      cwe: 'CWE-78',
      rule: 'python/command-injection',
      severity: 'high',
      action: 'block',
      message: 'A shell command is built from data that a caller can choose.',
    });
  });

  test('prints a readable report with the line, carets, advice and totals', async () => {
    const { status, out } = await run(join(folder, 'pkg'));
    assert.equal(status, 0);
    assert.match(out, /bad\.py:3: high, CWE-78, python\/command-injection \(block\)/);
    assert.ok(out.includes('  3 |     os.system("ping " + host)\n    |     ^^^^^^^^^^^^^^^^^^^^^^^^^\n'), out);
    assert.match(out, /Instead: Pass a list of arguments/);
    assert.match(out, /1 finding \(1 high, 0 medium, 0 low\) in 2 scanned files; 1 file of other kinds skipped\./);
  });

  test('--sarif gives one document, whose regions hold what was found and whose rules are those that found it', async () => {
    const { status, out } = await run('--sarif', folder);
    assert.equal(status, 0);
    const { version, runs } = JSON.parse(out) as SarifLog;
    assert.equal(version, '2.1.0');
    const { tool, results, invocations } = runs[0];
    assert.deepEqual(
      tool.driver.rules.map(({ id, properties }) => [id, properties.tags]),
      [['python/command-injection', ['security', 'external/cwe/cwe-78']]],
    );
    assert.equal(results.length, 3);
    for (const { ruleId, ruleIndex, locations } of results) {
      assert.equal(tool.driver.rules[ruleIndex]?.id, ruleId);
      const { artifactLocation, region } = locations[0].physicalLocation;
      const lines = (await readFile(new URL(artifactLocation.uri), 'latin1')).split('\n');
      assert.equal(region.startLine, region.endLine);
      const marked = lines[region.startLine - 1]?.slice(region.startColumn - 1, region.endColumn - 1) ?? '';
      assert.match(marked, /^os\.system\(.*\)$/);
    }
    const faults = invocations[0].toolExecutionNotifications.map(({ message }) => message.text);
    assert.deepEqual(faults, ['is no text', 'has syntax errors; what could be parsed was scanned']);
  });

  test('a path that does not exist is named, with status 1', async () => {
    const { status, out, err } = await run('--json', join(folder, 'nowhere'));
    assert.equal(status, 1);
    assert.equal(out, '');
    assert.equal(err, `purpgate scan: there is no file or folder ${join(folder, 'nowhere')}\n`);
  });

  test('a wrong option and a missing path are named, with status 1', async () => {
    assert.match((await run('--fast', folder)).err, /no option --fast/);
    assert.match((await run('--json', '--sarif', folder)).err, /one of --json and --sarif/);
    const nothing = await run('--json');
    assert.equal(nothing.status, 1);
    assert.match(nothing.err, /at least one file or folder/);
  });

  test('--help tells the usage', async () => {
    const { status, out } = await run('--help');
    assert.equal(status, 0);
    assert.match(out, /Usage: purpgate scan \[--json \| --sarif\] PATH/);
  });

  test('an abort ends it', async () => {
    const out = sink();
    const io = { stdout: out.stream, stderr: out.stream, signal: AbortSignal.abort() };
    assert.equal(await scanCommand(['--json', folder], io), 1);
    assert.equal(out.text(), '');
  });
});
