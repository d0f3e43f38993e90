/** Versions of a tiny model with adapters and probes on disk, scored by the reference decoder: the engine is not its own witness. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddedEngine } from '../../src/engine/embedded/engine.js';
import { initialAdapter, writeAdapter, zeroAdapter, type Adapter } from '../../src/lm/lora.js';
import { writePeftConfig } from '../../src/lm/peft.js';
import { Random } from '../../src/lm/random.js';
import { readModelWeights } from '../../src/lm/safetensors.js';
import { versionName, type Registry } from '../../src/registry/registry.js';
import { ADAPTER_FILE, buildProbe, PEFT_FILE, writeProbe } from '../../src/release/probe.js';
import type { Message, Version, VersionName } from '../../src/types.js';
import { never } from '../contracts/engine.js';
import { referenceLogprobs, toFloat64, type Parameters64 } from '../support/reference-decoder.js';
import type { TinyModel } from '../support/tiny-model.js';

export const POOL = 'shared';
export const AUDIT = { actor: 'tester', reason: 'a reason' };
const SCRATCH = 'purp@00000000000f';

const PROMPTS: readonly (readonly Message[])[] = ['What is it?', 'Print the user.'].map((content) => [
  { role: 'user', content },
]);

export interface Published {
  readonly name: VersionName;
  readonly folder: string;
}

export class ReleaseScene {
  #base: Parameters64 | null = null;
  #count = 0;

  constructor(
    readonly engine: EmbeddedEngine,
    readonly model: TinyModel,
    readonly registry: Registry,
  ) {}

  get base(): VersionName {
    const { version } = this.engine.model;
    if (version === null) throw new Error('the model has no version');
    return version;
  }

  /** The checkpoint, live in its pool. */
  async register(): Promise<Version> {
    const sha256 = await digest(join(this.model.folder, 'model.safetensors'));
    return this.registry.ensureLive(
      { sha256, base: this.model.folder, adapter: null, parent: null, pool: POOL },
      AUDIT,
    );
  }

  /** A candidate with another adapter each time: random, or one that changes nothing. */
  async publish(options: { readonly parent?: VersionName; readonly changes?: 'nothing' } = {}): Promise<Published> {
    const { config, folder: modelFolder } = this.model;
    const number = ++this.#count;
    const folder = join(modelFolder, `adapter-${number}`);
    await mkdir(folder);
    // Distinct files: a zero adapter's bytes differ by their alpha alone.
    const adapter = options.changes === 'nothing' ? zeroAdapter(config, 4, 8 + number) : this.#randomAdapter(number);
    const file = join(folder, ADAPTER_FILE);
    await writeAdapter(file, adapter, config);
    await writePeftConfig(join(folder, PEFT_FILE), { adapter: file, base: modelFolder });
    await this.#probe(folder, adapter);
    const sha256 = await digest(file);
    await this.registry.register(
      { sha256, base: modelFolder, adapter: folder, parent: options.parent ?? this.base, pool: POOL },
      AUDIT,
    );
    return { name: versionName(sha256), folder };
  }

  promote(name: VersionName): Promise<Version> {
    return this.registry.promote({ name, ...AUDIT });
  }

  #randomAdapter(seed: number): Adapter {
    const adapter = initialAdapter(this.model.config, { rank: 4, alpha: 8, seed });
    const random = new Random(seed + 100);
    for (const { data } of adapter.tensors.values())
      for (const index of data.keys()) data[index] = 0.3 * random.gaussian();
    return adapter;
  }

  async #probe(folder: string, adapter: Adapter): Promise<void> {
    this.#base ??= toFloat64(await readModelWeights(this.model.folder));
    const parameters = new Map([...this.#base, ...toFloat64(adapter.tensors)]);
    const reference = { config: this.model.config, parameters, loraScale: adapter.alpha / adapter.rank };
    await this.engine.loadAdapter(SCRATCH, join(folder, ADAPTER_FILE));
    const entries = await buildProbe(
      {
        engine: this.engine,
        version: SCRATCH,
        prompts: PROMPTS,
        maxTokens: 12,
        score: (sequences) =>
          Promise.resolve(
            sequences.map(({ promptIds, completionIds }) =>
              referenceLogprobs(
                reference,
                [...promptIds, ...completionIds.slice(0, -1)],
                [...promptIds.slice(1), ...completionIds],
              ).slice(promptIds.length - 1),
            ),
          ),
      },
      never(),
    );
    await this.engine.unloadAdapter(SCRATCH);
    await writeProbe(folder, entries);
  }
}

async function digest(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
