/**
 * The graph that serves: one for chunked prefill (B = 1, S > 1) and for batched decoding (B > 1, S = 1). Attention reads the past in
 * place, and only the new keys and values leave the graph, so no cache is ever copied: the host writes the new rows where it likes.
 */
import { attentionScale, buildDecoder, finalNorm, type AttentionOperands } from './decoder.js';
import type { DecoderBuild } from './decoder.js';
import { loraShapes, type LoraName } from './lora.js';
import type { DecoderConfig } from './model-config.js';
import { GraphBuilder, type Dimension, type ElementType } from './onnx/graph.js';
import { linear } from './onnx/ops.js';
import { Tape, type Value } from './onnx/tape.js';
import { checkWeights, outputMatrix, parameterShapes } from './parameters.js';
import { float32 } from './runtime.js';
import type { Weights } from './safetensors.js';

type InferenceInput =
  /** int64 [B, S] */
  | 'input_ids'
  /** int64 [B, S], position of each new token in its sequence. */
  | 'positions'
  /** float32 [B, 1, 1, P]: 0 where a past row exists, -1e9 where not. */
  | 'past_mask'
  /** float32 [1, 1, groups*S, S]: `causalMask`. */
  | 'new_mask'
  /** float32 [B, kvHeads, P, headDim], P >= 1. Keys have their rotary positions. */
  | `past_key.${number}`
  | `past_value.${number}`
  /** `.a` [rank, in], `.b` [out, rank] times alpha / rank: `loraFeeds`. */
  | LoraName;

type InferenceOutput =
  /** float32 [B, vocabulary] of the last new position, or [B*S, vocabulary] of all. */
  | 'logits'
  /** float32 [B, kvHeads, S, headDim] */
  | `new_key.${number}`
  | `new_value.${number}`;

interface InferenceGraph {
  /** The ONNX model. */
  readonly bytes: Uint8Array;
  readonly inputs: readonly InferenceInput[];
  readonly outputs: readonly InferenceOutput[];
}

interface InferenceGraphOptions {
  /** Rank of the adapter that is fed to every run; null for a graph without adapter. */
  readonly loraRank: number | null;
  readonly logits?: 'last' | 'all';
}

/** Score of a row that may not be seen: exp of it is 0 in float32, and sums of two such stay finite. */
const MASKED = -1e9;
/** As the end of a slice: up to the last. */
const END = 2 ** 31;

/** @throws PurpgateError `model_unusable` when a weight is missing, has another shape, or the graph would exceed 2 GiB. */
export function buildInferenceGraph(
  config: DecoderConfig,
  weights: Weights,
  options: InferenceGraphOptions,
): InferenceGraph {
  const shapes = parameterShapes(config);
  checkWeights(shapes, weights);
  const graph = new GraphBuilder();
  for (const [name, { shape, data }] of weights) if (shapes.has(name)) graph.weight(name, shape, data);
  const inputs = declareInputs(graph, config, options.loraRank);
  const outputs: InferenceOutput[] = ['logits'];
  const tape = new Tape(graph);
  const build: DecoderBuild = {
    tape,
    config,
    inputIds: 'input_ids',
    positions: 'positions',
    parameter: (name) => tape.constant(name),
    loraScale: options.loraRank === null ? null : 1,
    attend: (layer, operands) => {
      outputs.push(`new_key.${layer}`, `new_value.${layer}`);
      return attendPastAndNew(build, layer, operands);
    },
  };
  const stream = buildDecoder(build);
  const rows = options.logits === 'all' ? stream : lastPositions(build, stream);
  const logits = linear(tape, finalNorm(build, rows), tape.constant(outputMatrix(config)));
  graph.output('logits', logits.name, ['rows', config.vocabulary]);
  return { bytes: graph.encode(), inputs, outputs };
}

function declareInputs(graph: GraphBuilder, config: DecoderConfig, loraRank: number | null): readonly InferenceInput[] {
  const inputs: InferenceInput[] = [];
  const declare = (name: InferenceInput, type: ElementType, dims: readonly Dimension[]): void => {
    inputs.push(name);
    graph.input(name, type, dims);
  };
  declare('input_ids', 'int64', ['B', 'S']);
  declare('positions', 'int64', ['B', 'S']);
  declare('past_mask', 'float32', ['B', 1, 1, 'P']);
  declare('new_mask', 'float32', [1, 1, 'GS', 'S']);
  for (let layer = 0; layer < config.layers; layer += 1)
    for (const name of [`past_key.${layer}`, `past_value.${layer}`] as const)
      declare(name, 'float32', ['B', config.kvHeads, 'P', config.headDim]);
  if (loraRank !== null) for (const [name, shape] of loraShapes(config, loraRank)) declare(name, 'float32', shape);
  return inputs;
}

/** One softmax over the scores of the past and of the new keys; emits the new keys and values. */
function attendPastAndNew(build: DecoderBuild, layer: number, operands: AttentionOperands): Value {
  const { graph } = build.tape;
  const { kvHeads, headDim } = build.config;
  const query = operands.query.name;
  const key = operands.key.name;
  const value = operands.value.name;
  const scaled = { transB: 1, alpha: { float: attentionScale(build.config) } };
  const pastScores = graph.node('FusedMatMul', [query, `past_key.${layer}`], scaled);
  const newScores = graph.node('FusedMatMul', [query, key], scaled);
  const masked = [graph.node('Add', [pastScores, 'past_mask']), graph.node('Add', [newScores, 'new_mask'])];
  const weights = graph.node('Softmax', [graph.node('Concat', masked, { axis: 3 })], { axis: -1 });
  const pastLength = graph.node('Slice', [graph.node('Shape', ['past_mask']), graph.integers(3), graph.integers(4)]);
  const axis = graph.integers(3);
  const pastWeights = graph.node('Slice', [weights, graph.integers(0), pastLength, axis]);
  const newWeights = graph.node('Slice', [weights, pastLength, graph.integers(END), axis]);
  const output = graph.node('Add', [
    graph.node('MatMul', [pastWeights, `past_value.${layer}`]),
    graph.node('MatMul', [newWeights, value]),
  ]);
  graph.output(`new_key.${layer}`, key, ['B', kvHeads, 'S', headDim]);
  graph.output(`new_value.${layer}`, value, ['B', kvHeads, 'S', headDim]);
  return build.tape.constant(output);
}

/** [B*S, hidden] to [B, hidden]. */
function lastPositions({ tape, config, inputIds }: DecoderBuild, stream: Value): Value {
  const { graph } = tape;
  const shape = graph.node('Concat', [graph.node('Shape', [inputIds]), graph.integers(-1)], { axis: 0 });
  const rows = graph.node('Reshape', [stream.name, shape]);
  const last = graph.node('Gather', [rows, graph.integers(-1)], { axis: 1 });
  return tape.constant(graph.node('Reshape', [last, graph.integers(-1, config.hidden)]));
}

/** [1, 1, groups*length, length]: each of the `length` new tokens sees itself and the new ones before it. */
export function causalMask(length: number, groups: number): ReturnType<typeof float32> {
  const mask = new Float32Array(groups * length * length);
  for (let row = 0; row < groups * length; row += 1)
    mask.fill(MASKED, row * length + (row % length) + 1, (row + 1) * length);
  return float32(mask, [1, 1, groups * length, length]);
}

/**
 * [rows, 1, groups*length, length] for rows that hold several sequences: each token sees itself and those before it in its sequence.
 * `starts` [rows, length]: the entry of the row at which the token's sequence begins.
 */
export function sequenceMask(
  starts: Int32Array,
  size: { readonly rows: number; readonly length: number; readonly groups: number },
): ReturnType<typeof float32> {
  const { rows, length, groups } = size;
  const mask = new Float32Array(rows * groups * length * length).fill(MASKED);
  for (let row = 0; row < rows; row += 1)
    for (let t = 0; t < length; t += 1)
      for (let group = 0; group < groups; group += 1) {
        const line = ((row * groups + group) * length + t) * length;
        mask.fill(0, line + (starts[row * length + t] ?? 0), line + t + 1);
      }
  return float32(mask, [rows, 1, groups * length, length]);
}
