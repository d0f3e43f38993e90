/** Writes what a benchmark found into a section of a Markdown file. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/config.js';

const git = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('git', args, { cwd: packageRoot })).stdout.trim();

/** Machine, day and commit of a run. */
export async function machineLines(): Promise<string> {
  const [commit, changes] = [await git('rev-parse', '--short', 'HEAD'), await git('status', '--porcelain')];
  const processors = cpus();
  const model = processors[0]?.model ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const day = new Date().toISOString().slice(0, 10);
  const state = changes === '' ? '' : ' with local changes';
  return `${day}, commit ${commit}${state}; ${processors.length} x ${model}, ${memory}, Node ${process.version}.`;
}

/** Replaces the section with this title, or adds it at the end. */
export async function writeSection(file: string, title: string, body: string): Promise<void> {
  const old = await readFile(file, 'utf8').catch(() => '# Benchmarks\n');
  const sections = old.split(/^(?=## )/m);
  const content = `## ${title}\n\n${body}\n`;
  const at = sections.findIndex((section) => section.startsWith(`## ${title}\n`));
  if (at < 0) sections.push(content);
  else sections[at] = content;
  await writeFile(file, `${sections.map((section) => section.trimEnd()).join('\n\n')}\n`);
}
