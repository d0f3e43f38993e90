/** Writes the prompt model as a folder that `loadPromptModel` reads. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUCKETS, FEATURES_VERSION } from '../src/guard/prompt/model-features.js';
import { ATTACKS } from '../src/guard/prompt/prompt-judge.js';
import { WORDS_MODEL } from '../src/guard/prompt/prompt-model.js';
import { GraphBuilder } from '../src/lm/onnx/graph.js';
import type { GuardWeights } from './guard-learning.js';
import { shiftOf, STEEPNESS, type Thresholds } from './guard-measure.js';

/** Weights are rounded to so many steps in one: the file gets smaller where it is compressed, and no verdict changes. */
const STEPS = 256;

export interface GuardModelFiles {
  readonly folder: string;
  readonly weights: GuardWeights;
  /** Logits that become the score from which the default policy blocks. */
  readonly thresholds: Thresholds;
  /** Text of README.md. */
  readonly card: string;
}

export async function writeGuardModel({ folder, weights, thresholds, card }: GuardModelFiles): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.onnx'), graphOf(weights, thresholds));
  const config = {
    model_type: WORDS_MODEL,
    problem_type: 'multi_label_classification',
    id2label: Object.fromEntries(ATTACKS.map((label, at) => [at, label])),
    buckets: BUCKETS,
    features_version: FEATURES_VERSION,
  };
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  await writeFile(join(folder, 'README.md'), card);
}

/** An embedding bag: logits [W, L] = sum over n of weights[W, 1, n] · table[features[W, n]] + bias. W windows, L labels. */
function graphOf(weights: GuardWeights, thresholds: Thresholds): Uint8Array {
  const labels = ATTACKS.length;
  const table = new Float32Array(BUCKETS * labels);
  const bias = new Float32Array(labels);
  for (const [at, label] of ATTACKS.entries()) {
    const learned = weights[label];
    for (let bucket = 0; bucket < BUCKETS; bucket += 1)
      table[bucket * labels + at] = Math.round(STEPS * STEEPNESS * (learned.weights[bucket] ?? 0)) / STEPS;
    bias[at] = STEEPNESS * learned.bias + shiftOf(label, thresholds);
  }
  const graph = new GraphBuilder();
  const features = graph.input('features', 'int32', ['W', 'N']);
  const shares = graph.input('weights', 'float32', ['W', 1, 'N']);
  const rows = graph.node('Gather', [graph.weight('table', [BUCKETS, labels], table), features]);
  const sums = graph.node('Reshape', [graph.node('MatMul', [shares, rows]), graph.integers(-1, labels)]);
  graph.output('logits', graph.node('Add', [sums, graph.weight('bias', [labels], bias)]), ['W', labels]);
  return graph.encode();
}
