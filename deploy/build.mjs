/**
 * Builds dist/: every TypeScript file of src, trainer and test one to one, and the OpenAPI document as JSON.
 * `node deploy/build.mjs` builds; `--if-stale` does nothing when no input changed since the last build.
 */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'dist', '.stamp');

const filesIn = (folder, ending) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith(ending) && !name.endsWith('.d.ts'))
    .sort();

const sources = ['src', 'trainer', 'test'].flatMap((folder) => filesIn(folder, '.ts'));
const contract = join('openapi', 'purpgate.yaml');

function stamp() {
  const hash = createHash('sha256');
  for (const name of [...sources, contract, join('deploy', 'build.mjs'), 'package-lock.json']) {
    const { mtimeMs, size } = statSync(join(root, name));
    hash.update(`${name} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

function isFresh() {
  try {
    return readFileSync(stampFile, 'utf8') === stamp();
  } catch {
    return false;
  }
}

if (!process.argv.includes('--if-stale') || !isFresh()) {
  // Imported here, since a fresh build must not cost the start of a compiler.
  const { build } = await import('esbuild');
  const { parse } = await import('yaml');
  rmSync(stampFile, { force: true });
  await build({
    absWorkingDir: root,
    entryPoints: sources,
    outdir: 'dist',
    outbase: '.',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    logLevel: 'warning',
  });
  // npx runs the package's own bin as a file.
  chmodSync(join(root, 'dist', 'src', 'cli', 'main.js'), 0o755);
  mkdirSync(join(root, 'dist', 'openapi'), { recursive: true });
  const document = parse(readFileSync(join(root, contract), 'utf8'));
  writeFileSync(join(root, 'dist', 'openapi', 'purpgate.json'), JSON.stringify(document));
  writeFileSync(stampFile, stamp());
}
