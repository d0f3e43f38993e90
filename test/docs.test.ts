/** What the documents tell a reader to run, runs; what they point at, is there. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { COMMANDS } from '../src/cli/commands.js';
import { childEnvironment, packageRoot } from '../src/config.js';
import { temporaryFolder } from './support/folder.js';

const documents = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(packageRoot, 'docs'), { recursive: true }).map((name) => join('docs', String(name))),
].filter((name) => name.endsWith('.md'));
const read = (name: string) => readFileSync(join(packageRoot, name), 'utf8');
const readme = read('README.md');

/** As a reader's shell would, with this build in the place of what npx finds. */
async function shell(command: string, folder = packageRoot): Promise<string> {
  const purpgate = `'${process.execPath}' '${join(packageRoot, 'dist/src/cli/main.js')}'`;
  const { stdout } = await promisify(execFile)(
    'sh',
    ['-c', command.replaceAll('npx --no-install purpgate', purpgate)],
    {
      cwd: folder,
      env: childEnvironment(),
    },
  );
  return stdout;
}

describe('the documents', () => {
  for (const name of documents)
    test(`${name} links only to what is there`, () => {
      // `handlers[name](event)` in an example is no link.
      const prose = read(name).replace(/^```.*\n[\s\S]*?^```$/gm, '');
      const links = [...prose.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link);
      const missing = links.filter((link) => !existsSync(join(packageRoot, dirname(name), link)));
      assert.deepEqual(missing, []);
    });

  test('are there at all, with their links', () => {
    assert.ok(documents.length > 10);
    assert.ok(readme.includes('](docs/guard.md)'));
  });

  test('open with the two commands', () => {
    const opening = readme.split('\n').slice(0, 16).join('\n');
    assert.match(opening, /^npm ci && npm start/m);
    assert.match(opening, /^npm ci && npm test/m);
  });

  test('show the request that the start prints', () => {
    const body = /-d '(\{[^\n]*\})'/.exec(readme)?.[1] ?? '';
    const source = read('src/cli/start.ts').replaceAll('${instance.model.id}', 'purpgate-nano');
    assert.ok(body.length > 0 && source.includes(body), body);
  });
});

describe('the commands of the README', () => {
  const commands = readme
    .split('\n')
    .filter((line) => line.includes('npx --no-install purpgate'))
    .map((line) => line.replace(/\s+#.*$/, ''));

  for (const command of commands)
    test(`${command} runs`, async (t) => {
      // In a reader's own small project: that of purpgate takes long to scan.
      const folder = await temporaryFolder(t);
      await writeFile(
        join(folder, 'search.py'),
        'def find(db, name):\n    return db.execute("SELECT * FROM t WHERE n = \'" + name + "\'")\n',
      );
      const output = await shell(command, folder);
      assert.ok(output.length > 0);
      if (command.includes('--json')) for (const line of output.trim().split('\n')) assert.ok(JSON.parse(line));
    });

  test('are found at all', () => {
    assert.ok(commands.length >= 5);
  });
});

describe('every command', () => {
  /** In this process: starting one for each costs more than all that they do. */
  const run = async (name: string, args: readonly string[]): Promise<string> => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const io = { stdin: Readable.from([]), stdout, stderr, signal: AbortSignal.timeout(10_000) };
    const code = await (await COMMANDS[name]?.load())?.(args, io);
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${String(stderr.read())}`);
    return String(stdout.read());
  };

  test('is listed by purpgate --help', async () => {
    const help = await shell('npx --no-install purpgate --help');
    for (const name of Object.keys(COMMANDS)) assert.match(help, new RegExp(`^  ${name} +\\S`, 'm'));
    assert.match(await shell('npx --no-install purpgate --version'), /^purpgate \d+\.\d+\.\d+\n$/);
  });

  for (const name of Object.keys(COMMANDS)) {
    test(`${name} --help says how it is used`, async () => {
      assert.match(await run(name, ['--help']), /usage/i);
    });

    test(`${name} refuses an option that it does not know`, async () => {
      await assert.rejects(run(name, ['--nonsense']), /--nonsense|ended with 2/);
    });
  }

  for (const [args, said] of [
    ['nonsense', /there is no command "nonsense"/],
    ['audit --nonsense', /--nonsense[^]*--help/],
  ] as const)
    test(`${args} is refused with an exit code and what is wrong`, async () => {
      await assert.rejects(shell(`npx --no-install purpgate ${args}`), (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error && 'stderr' in error);
        assert.ok(error.code === 1 || error.code === 2);
        assert.match(String(error.stderr), said);
        return true;
      });
    });
});
