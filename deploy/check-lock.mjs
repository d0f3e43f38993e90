/**
 * Fails when package-lock.json lacks a platform package: a lock written where a registry did not have one makes `npm ci` fail on
 * other platforms, or leaves them without it. Also fails when a lock entry names the place it was downloaded from.
 */
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const names = Object.keys(packages);
const complaints = names.flatMap((path) => {
  const { optionalDependencies = {}, resolved } = packages[path];
  const missing = Object.keys(optionalDependencies)
    .filter((name) => !names.some((other) => other.endsWith(`node_modules/${name}`)))
    .map((name) => `${path} lacks its optional dependency ${name}`);
  return resolved === undefined ? missing : [...missing, `${path} names where it was downloaded from`];
});
for (const complaint of complaints) console.error(`package-lock.json: ${complaint}`);
process.exitCode = complaints.length > 0 ? 1 : 0;
