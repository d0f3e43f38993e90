import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { describe, test } from 'node:test';
import { packageRoot } from '../src/config.js';

/** Who may import whom (docs/architecture.md). A group may always import itself and the base. */
const BASE = ['types', 'errors', 'config', 'telemetry', 'text', 'resources', 'bounded-cache'];
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(BASE.map((name) => [name, []])),
  db: [],
  'embedded-postgres': ['db'],
  'instance-lock': [],
  access: ['db'],
  registry: ['db'],
  events: ['db'],
  lm: [],
  guard: ['lm'],
  engine: ['lm'],
  protocol: [],
  serve: ['access', 'guard', 'engine', 'events'],
  eval: ['engine', 'guard', 'reward'],
  reward: ['db', 'guard', 'events'],
  release: ['db', 'registry', 'engine', 'eval'],
  http: ['access', 'protocol', 'serve', 'release', 'registry'],
};
/** They put the parts together. */
const TOP = ['main', 'data-folder', 'cli'];
const NOT_FOR_TRAINER = ['http', 'serve', 'protocol', 'main', 'cli'];

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function importsOf(folder: 'src' | 'trainer'): Import[] {
  return readdirSync(join(packageRoot, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(packageRoot, file), 'utf8');
      return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => ({
        file,
        from: groupOf(file),
        to: groupOf(normalize(join(dirname(file), match[1] ?? ''))),
      }));
    });
}

/** `src/guard/code/scanner.ts` belongs to `guard`, `src/db.ts` to `db`, anything of trainer/ to `trainer`. */
function groupOf(file: string): string {
  const [top, name] = relative('.', file).split(sep);
  return top === 'src' && name !== undefined ? name.replace(/\.[jt]s$/, '') : (top ?? '');
}

function isAllowed({ file, from, to }: Import): boolean {
  if (from === to || BASE.includes(to)) return true;
  if (from === 'trainer') return !NOT_FOR_TRAINER.includes(to);
  if (TOP.includes(from)) return true;
  // The command functions of a folder speak the CLI's types; nothing else of it.
  if (to === 'cli') return file.endsWith('command.ts');
  return ALLOWED[from]?.includes(to) ?? false;
}

describe('imports', () => {
  const imports = [...importsOf('src'), ...importsOf('trainer')];

  test('go only where the architecture says', () => {
    const wrong = imports.filter((one) => !isAllowed(one)).map(({ file, to }) => `${file} imports ${to}`);
    assert.deepEqual(wrong, []);
  });

  test('are found at all', () => {
    assert.ok(imports.some(({ from, to }) => from === 'serve' && to === 'guard'));
    assert.ok(imports.length > 100);
  });

  test('of a forbidden direction are seen', () => {
    assert.equal(isAllowed({ file: 'src/guard/stream.ts', from: 'guard', to: 'http' }), false);
    assert.equal(isAllowed({ file: 'trainer/loop.ts', from: 'trainer', to: 'serve' }), false);
  });

  test('of process.env happen in config alone', () => {
    const readers = readdirSync(join(packageRoot, 'src'), { recursive: true })
      .map((name) => join('src', String(name)))
      .filter((file) => file.endsWith('.ts') && readFileSync(join(packageRoot, file), 'utf8').includes('process.env'));
    assert.deepEqual(readers, [join('src', 'config.ts')]);
  });
});
