/**
 * Runs llmprobe against the gateway before a model of rules, over every surface: models, chat completions, responses, messages, token counting and
 * completions. Exits with 1 when a MUST fails, when fewer than 95 % of the checks are free of SHOULD warnings, or when an outcome is not that of
 * baseline.json. With a URL it asks a gateway that runs already, whatever its model, and the baseline does not count.
 *
 *   npm run test:conformance [-- [--update] [--report FILE] [--url URL --key KEY --model MODEL]]
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

interface Target {
  /** With `/v1`. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
}

/** Capability is not asked for, but the program measures it along with conformance; a model of rules has none. */
async function probe({ url, key, model }: Target): Promise<Report> {
  const folder = await makeFolder();
  const file = join(folder, 'report.json');
  const options = ['--full', '--no-bench', '--no-save', '--no-color', '--save', file];
  const child = spawn(process.execPath, [llmprobe(), url, '-k', key, '-m', model, ...options], {
    stdio: 'inherit',
    env: { ...childEnvironment(), HOME: folder },
  });
  try {
    await once(child, 'exit');
    return JSON.parse(await readFile(file, 'utf8')) as Report;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function probeScripted(): Promise<Report> {
  const upstream = await startScriptedUpstream(cachingModel());
  const gateway = await startGateway(upstream.url, {
    callers: { [KEY]: { ...CALLER, requestsPerMinute: 1_000_000 } },
  });
  try {
    return await probe({ url: `${gateway.url}/v1`, key: KEY, model: UPSTREAM_MODEL });
  } finally {
    await gateway.stop();
    await upstream.stop();
  }
}

const { values } = parseArgs({
  options: {
    update: { type: 'boolean', default: false },
    report: { type: 'string' },
    url: { type: 'string' },
    key: { type: 'string', default: '' },
    model: { type: 'string', default: '' },
  },
});
const { url, key, model } = values;
const report = await (url === undefined ? probeScripted() : probe({ url, key, model }));
if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(report, null, 2)}\n`);
const baseline =
  values.update || url !== undefined ? null : (JSON.parse(await readFile(BASELINE, 'utf8')) as Record<string, string>);
const { summary, outcomes, complaints } = judge(report, baseline);
if (values.update && url === undefined) await writeFile(BASELINE, `${JSON.stringify(outcomes, null, 2)}\n`);
for (const line of [...summary, ...complaints]) console.log(line);
process.exitCode = complaints.length === 0 ? 0 : 1;
