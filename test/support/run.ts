/**
 * Runs the test files of dist/test under node:test. `npm test` runs the quick suite; arguments are parts of file names to choose by.
 * Four files at once: on two cores, since many wait for a broker, a database or a timer.
 * One embedded PostgreSQL server serves all files, unless TEST_DATABASE_URL names another; each test makes its own database on it.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.js';
import { startTestDatabase } from './database.js';

const chosen = process.argv.slice(2);
const folder = join(packageRoot, 'dist', 'test');
const files = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => chosen.length === 0 || chosen.some((part) => name.includes(part)))
  .sort()
  .map((name) => join(folder, name));

if (files.length === 0) {
  console.error(`no test file matches ${chosen.join(' ')}`);
  process.exit(1);
}

const database = await startTestDatabase();
const child = spawn(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-concurrency=4', '--test-reporter=spec', ...files],
  { stdio: 'inherit', env: { ...process.env, TEST_DATABASE_URL: database.url } },
);
const code = await new Promise<number>((resolve) => {
  child.once('exit', (status) => {
    resolve(status ?? 1);
  });
});
await database.stop();
process.exit(code);
