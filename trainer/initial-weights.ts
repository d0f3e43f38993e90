/**
 * Where pretraining starts: random weights, and a circuit that copies. To write an unknown name, a model must find where it has seen the
 * last token and take what came next (an induction head, Olsson et al. 2022, arXiv 2209.11895). Gradients find that circuit only after a
 * long plateau: random weights copied no unknown name in 2M tokens. It is wired by hand here, and trained like all the rest.
 */
import { randomWeights } from '../src/lm/init.js';
import type { DecoderConfig } from '../src/lm/model-config.js';
import { linearPath } from '../src/lm/parameters.js';
import { Random } from '../src/lm/random.js';
import type { WeightTensor } from '../src/lm/safetensors.js';

/**
 * Size of a bias in the look-back head. Two of them meet in a score of 16 * 5² / sqrt(32) = 71 at distance 1, and 3 less at the
 * distances next to it, which softmax turns into most of the attention.
 */
const LOOK_BACK_BIAS = 5;
/** The look-back head writes its predecessor about as large as embeddings are (standard deviation 0.02). */
const WRITE_SCALE = 0.05;
/** Equal tokens score about 8 in the induction head. */
const MATCH_SCALE = 1.4;
/** What the induction head adds to the residual stream, per unit that it reads. */
const COPY_SCALE = 0.05;

/**
 * Needs two layers, query and key biases, and 2 * headDim <= hidden; other shapes get random weights alone.
 */
export function initialWeights(config: DecoderConfig, seed: number): Map<string, WeightTensor> {
  const weights = randomWeights(config, seed);
  if (config.layers >= 2 && config.attentionBias && 2 * config.headDim <= config.hidden) {
    const rows = orthonormalRows(2 * config.headDim, config.hidden, seed + 1);
    const circuit: Circuit = {
      config,
      weights,
      read: rows.slice(0, config.headDim),
      note: rows.slice(config.headDim),
    };
    wireLookBack(circuit);
    wireInduction(circuit);
  }
  return weights;
}

interface Circuit {
  readonly config: DecoderConfig;
  readonly weights: ReadonlyMap<string, WeightTensor>;
  /** [headDim, hidden] Directions in which tokens are read. */
  readonly read: readonly Float32Array[];
  /** [headDim, hidden] Directions in which the predecessor is noted; orthogonal to `read`. */
  readonly note: readonly Float32Array[];
}

/**
 * Head 0 of layer 0 attends to the token before, and notes what it read there. Rotary positions turn a constant key by its position, so
 * a constant query that is turned by one position less meets it there: biases alone point backwards.
 */
function wireLookBack({ config, weights, read, note }: Circuit): void {
  const pairs = config.headDim / 2;
  const keyBias = tensor(weights, `${linearPath(0, 'k')}.bias`).data;
  const queryBias = tensor(weights, `${linearPath(0, 'q')}.bias`).data;
  for (let pair = 0; pair < pairs; pair += 1) {
    const frequency = config.ropeTheta ** (-pair / pairs);
    keyBias[pair] = LOOK_BACK_BIAS;
    queryBias[pair] = LOOK_BACK_BIAS * Math.cos(frequency);
    queryBias[pair + pairs] = -LOOK_BACK_BIAS * Math.sin(frequency);
  }
  setRows(tensor(weights, `${linearPath(0, 'v')}.weight`), read, 1);
  setColumns(tensor(weights, `${linearPath(0, 'o')}.weight`), note, WRITE_SCALE);
}

/**
 * Head 0 of layer 1 looks for tokens whose noted predecessor is the current token, and writes what stands there. It matches in the slow
 * half of the rotary pairs, which hardly turn over a prompt's length.
 */
function wireInduction({ config, weights, read, note }: Circuit): void {
  const pairs = config.headDim / 2;
  const slow = (rows: readonly Float32Array[]): Float32Array[] =>
    rows.map((row, at) => (at % pairs >= pairs / 2 ? row : new Float32Array(row.length)));
  setRows(tensor(weights, `${linearPath(1, 'q')}.weight`), slow(read), MATCH_SCALE);
  setRows(tensor(weights, `${linearPath(1, 'k')}.weight`), slow(note), MATCH_SCALE);
  setRows(tensor(weights, `${linearPath(1, 'v')}.weight`), read, 1);
  setColumns(tensor(weights, `${linearPath(1, 'o')}.weight`), read, COPY_SCALE);
}

function tensor(weights: ReadonlyMap<string, WeightTensor>, name: string): WeightTensor {
  const found = weights.get(name);
  if (found === undefined) throw new RangeError(`${name} is not a parameter`);
  return found;
}

/** The first rows of a matrix [out, in]. */
function setRows({ data }: WeightTensor, rows: readonly Float32Array[], scale: number): void {
  rows.forEach((row, at) => {
    data.set(
      row.map((value) => scale * value),
      at * row.length,
    );
  });
}

/** The first columns of a matrix [out, in]. */
function setColumns({ data, shape }: WeightTensor, columns: readonly Float32Array[], scale: number): void {
  const width = shape[1] ?? 0;
  columns.forEach((column, at) => {
    column.forEach((value, row) => {
      data[row * width + at] = scale * value;
    });
  });
}

/** Random directions, by Gram and Schmidt. */
function orthonormalRows(count: number, width: number, seed: number): Float32Array[] {
  const random = new Random(seed);
  const rows: Float32Array[] = [];
  while (rows.length < count) {
    const row = Float32Array.from({ length: width }, () => random.gaussian());
    for (const earlier of rows) {
      const overlap = dot(row, earlier);
      earlier.forEach((value, at) => {
        row[at] = (row[at] ?? 0) - overlap * value;
      });
    }
    const norm = Math.sqrt(dot(row, row));
    rows.push(row.map((value) => value / norm));
  }
  return rows;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}
