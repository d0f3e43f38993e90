/** `purpgate config check`: what the settings say, before anything is started. */
import { parseArgs } from 'node:util';
import { loadConfig } from '../config.js';
import { poolsOf } from '../engine/upstream/pools.js';
import { loadPolicies } from '../guard/policy-file.js';
import { rewardSettingsOf } from '../reward/composition.js';
import type { Command } from './command.js';

const HELP = `Usage: purpgate config check

Reads the settings from the environment, and the files that ENGINES_FILE, POLICIES_FILE and REWARDS_FILE name, as a start would. Prints what serves
which model, which policy is for whom, and how rewards are composed, or the one setting that is wrong, and ends with 1. Nothing is started and no upstream is asked. docs/configuration.md lists the settings.
`;

export const configCommand: Command = (args, io) => {
  const options = { help: { type: 'boolean', short: 'h' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help === true || positionals.join(' ') !== 'check') {
    io.stdout.write(HELP);
    return Promise.resolve(values.help === true ? 0 : 2);
  }
  const config = loadConfig();
  const pools = poolsOf(config);
  const { policies, uses, fallback } = loadPolicies(config);
  const { composition, webhooks, analysers } = rewardSettingsOf(config);
  io.stdout.write('The configuration is valid.\n');
  if (pools.length === 0) io.stdout.write(`  embedded engine: ${config.model}\n`);
  for (const { name, wire, serves, upstreams, rules, apiKey } of pools) {
    const credentials = apiKey === null ? 'no key' : 'a key';
    io.stdout.write(`  ${name}: ${serves.join(', ')} by ${wire}, rules ${rules}, ${credentials}\n`);
    for (const { url, weight } of upstreams) io.stdout.write(`    ${url} (weight ${weight})\n`);
  }
  io.stdout.write(`  policies: ${[...policies.keys()].join(', ')}\n`);
  for (const { policy, ...scope } of uses) {
    const named = Object.entries(scope).flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
    io.stdout.write(`    ${policy} for ${named.join(', ') || 'all'}\n`);
  }
  io.stdout.write(`    ${fallback} for all others\n`);
  const recipe =
    composition.objectives === null ? "PurpCode's" : composition.objectives.map(({ name }) => name).join(' + ');
  if (config.rewardsFile !== null) io.stdout.write(`  rewards: ${recipe}\n`);
  for (const { name, url } of webhooks) io.stdout.write(`    ${name}: ${url}\n`);
  for (const { name, command } of analysers) io.stdout.write(`    ${name}: ${command}\n`);
  return Promise.resolve(0);
};
