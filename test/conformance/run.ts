/**
 * Runs llmprobe against the gateway before a model of rules, over every surface: models, chat completions, responses, messages, token counting and
 * completions. Exits with 1 when a MUST fails, when fewer than 95 % of the checks are free of SHOULD warnings, or when an outcome is not that of
 * baseline.json.
 *
 *   node deploy/build.mjs && node dist/test/conformance/run.js [--update] [--report FILE]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { childEnvironment, packageRoot } from '../../src/config.js';
import { CALLER, KEY } from '../http/support.js';
import { makeFolder } from '../support/folder.js';
import { UPSTREAM_MODEL, startGateway } from '../support/gateway.js';
import { cachingModel } from '../support/rule-based-model.js';
import { startScriptedUpstream } from '../support/scripted-upstream.js';
import { judge, type Report } from './judge.js';

const BASELINE = join(packageRoot, 'test', 'conformance', 'baseline.json');

/** The program that the package's `bin` names. */
function llmprobe(): string {
  const manifest = createRequire(import.meta.url).resolve('llmprobe/package.json');
  return join(manifest, '..', 'bin', 'dist', 'llmprobe.mjs');
}

/** Capability is not asked for, but the program measures it along with conformance; a model of rules has none. */
async function probe(url: string, folder: string): Promise<Report> {
  const file = join(folder, 'report.json');
  const options = ['--full', '--no-bench', '--no-save', '--no-color', '--save', file];
  const child = spawn(process.execPath, [llmprobe(), url, '-k', KEY, '-m', UPSTREAM_MODEL, ...options], {
    stdio: 'inherit',
    env: { ...childEnvironment(), HOME: folder },
  });
  await once(child, 'exit');
  return JSON.parse(await readFile(file, 'utf8')) as Report;
}

async function run(): Promise<Report> {
  const folder = await makeFolder();
  const upstream = await startScriptedUpstream(cachingModel());
  const gateway = await startGateway(upstream.url, {
    callers: { [KEY]: { ...CALLER, requestsPerMinute: 1_000_000 } },
  });
  try {
    return await probe(`${gateway.url}/v1`, folder);
  } finally {
    await gateway.stop();
    await upstream.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false }, report: { type: 'string' } } });
const report = await run();
if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(report, null, 2)}\n`);
const baseline = JSON.parse(await readFile(BASELINE, 'utf8').catch(() => '{}')) as Record<string, string>;
const { summary, outcomes, complaints } = judge(report, values.update ? null : baseline);
if (values.update) await writeFile(BASELINE, `${JSON.stringify(outcomes, null, 2)}\n`);
for (const line of [...summary, ...complaints]) console.log(line);
process.exitCode = complaints.length === 0 ? 0 : 1;
