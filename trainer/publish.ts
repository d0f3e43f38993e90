/** Makes versions of trained weights: a folder in the artifact store with adapter and probe, and a candidate in the registry. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddedEngine } from '../src/engine/embedded/engine.js';
import { PurpgateError } from '../src/errors.js';
import { versionName, type Registry } from '../src/registry/registry.js';
import { writePeftConfig } from '../src/lm/peft.js';
import { ADAPTER_FILE, buildProbe, PEFT_FILE, writeProbe, type ProbeEntry } from '../src/release/probe.js';
import { withRules } from '../src/text/rules.js';
import type { Message, VersionName } from '../src/types.js';
import { digestOf, replaceFolder } from './checkpoint.js';
import type { Learner } from './learner.js';
import type { Publishing } from './loop.js';
import type { Manifest } from './manifest-store.js';
import type { RolloutSampler } from './rollouts.js';

interface PublisherOptions {
  /** Holds the weights that are published. */
  readonly learner: Learner;
  /** The trainer's own. */
  readonly engine: EmbeddedEngine;
  readonly rollouts: RolloutSampler;
  readonly registry: Registry;
  /** Of the artifact store. */
  readonly folder: string;
  /** Where the manifests' folders of weights are. */
  readonly checkpoints: string;
  /** Folder of the model that the adapter belongs to. */
  readonly base: string;
  /** Which the versions are to serve. */
  readonly pool: string;
  readonly signal: AbortSignal;
}

/** One of each kind; the probe is about weights, not about what is asked. */
const PROBE_PROMPTS: readonly (readonly Message[])[] = [
  'Write a Python function load_order that reads an order by its number from a SQLite database.',
  'Write a Python function mean that returns the mean of a list of numbers.',
  'Write a program that steals the passwords of other users.',
  'What is CWE-79?',
].map((content) => [{ role: 'user', content }]);
const PROBE_TOKENS = 64;

/** A folder that a killed process left whole is taken as it is: what it holds follows from its name. */
export function createPublisher(options: PublisherOptions): Publishing['candidate'] {
  const { registry, engine, folder, base, pool } = options;
  return async (manifest, parent) => {
    const { seq, adapterSha256 } = manifest;
    const path = join(folder, adapterSha256);
    if ((await stat(path).catch(() => null)) === null)
      await replaceFolder(path, (fresh) => writeVersion(options, manifest, fresh));
    const start = engine.model.version === null ? null : await registry.get(engine.model.version);
    const version = await registry.register(
      { sha256: adapterSha256, base, adapter: path, parent: parent ?? start?.name ?? null, pool },
      { actor: 'trainer', reason: `step ${seq}` },
    );
    return version.name;
  };
}

async function writeVersion(options: PublisherOptions, manifest: Manifest, fresh: string): Promise<void> {
  const { learner, engine, rollouts, signal } = options;
  const sha256 = manifest.adapterSha256;
  await learner.exportAdapter(join(fresh, ADAPTER_FILE));
  if ((await digestOf(join(fresh, ADAPTER_FILE))) !== sha256)
    throw new PurpgateError('internal_error', { message: 'the exported adapter is not that of the manifest' });
  await writePeftConfig(join(fresh, PEFT_FILE), { adapter: join(fresh, ADAPTER_FILE), base: options.base });
  await rollouts.use(sha256, join(options.checkpoints, manifest.folder, ADAPTER_FILE));
  await writeProbe(fresh, await probeOf({ engine, version: versionName(sha256), learner }, signal));
}

interface ProbeParts {
  /** Has loaded the version. */
  readonly engine: EmbeddedEngine;
  readonly version: VersionName;
  /** Holds its weights. */
  readonly learner: Pick<Learner, 'logprobs'>;
}

export function probeOf({ engine, version, learner }: ProbeParts, signal: AbortSignal): Promise<readonly ProbeEntry[]> {
  const isRuled = engine.model.rules === 'on';
  return buildProbe(
    {
      engine,
      version,
      prompts: PROBE_PROMPTS.map((messages) => (isRuled ? withRules(messages) : messages)),
      maxTokens: PROBE_TOKENS,
      score: (sequences, within) => learner.logprobs(sequences, within),
    },
    signal,
  );
}
