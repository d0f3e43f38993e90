/** `purpgate eval`: hands it the prompts, which training owns, the registry and the gate, none of which evaluation may import. */
import { join } from 'node:path';
import { handwrittenPrompts } from '../../trainer/data/handwritten.js';
import { heldOutPrompts } from '../../trainer/data/heldout.js';
import { PurpgateError } from '../errors.js';
import { evalCommand as runEval, type VersionSource } from '../eval/command.js';
import { createRegistry, toVersionName } from '../registry/registry.js';
import { gate, gateTable } from '../release/gate.js';
import { ADAPTER_FILE } from '../release/probe.js';
import type { Command } from './command.js';
import { withDatabase } from './database-commands.js';

const SUITES = {
  'held-out': ({ count, seed }: { readonly count: number; readonly seed: number }) => heldOutPrompts({ count, seed }),
  handwritten: () => handwrittenPrompts,
};

const VERSIONS: VersionSource = {
  find: (names) =>
    withDatabase(async (open) => {
      const registry = createRegistry(await open());
      return Promise.all(
        names.map(async (name) => {
          const found = await registry.get(toVersionName(name));
          if (found === null)
            throw new PurpgateError('model_not_found', { publicMessage: `There is no version ${name}.` });
          const { base, adapter } = found;
          return {
            folder: base,
            adapter: adapter === null ? null : { version: found.name, file: join(adapter, ADAPTER_FILE) },
          };
        }),
      );
    }),
  compare: (baseline, candidate) => {
    const verdict = gate(baseline, candidate);
    return { table: gateTable(verdict), differences: verdict.metrics };
  },
};

export const evalCommand: Command = (args, io) => runEval(args, io, { suites: SUITES, versions: VERSIONS });
