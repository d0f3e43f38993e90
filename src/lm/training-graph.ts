/** One training step as a graph: forward from the same decoder that serves, backward derived by the tape. */
import { attentionScale, buildDecoder, finalNorm, type DecoderBuild } from './decoder.js';
import { loraShapes } from './lora.js';
import type { DecoderConfig } from './model-config.js';
import { GraphBuilder, type Name } from './onnx/graph.js';
import { policyLoss, supervisedLoss, tokenLogprobs, type ClipRange } from './onnx/losses.js';
import { attention } from './onnx/ops.js';
import { Tape, type Value } from './onnx/tape.js';
import { outputMatrix, parameterShapes, type Shape } from './parameters.js';

export type Loss =
  | { readonly type: 'supervised' }
  /** Clipped policy gradient; `beta` is the weight of the KL estimate, 0 leaves it out. */
  | ({ readonly type: 'policy'; readonly beta: number } & ClipRange);

/** What a step may change: every parameter, or an adapter on the linear maps. */
export type TrainableSet =
  | { readonly type: 'all' }
  | { readonly type: 'adapter'; readonly rank: number; readonly alpha: number };

export interface TrainingGraphOptions {
  readonly trainable: TrainableSet;
  readonly loss: Loss;
  /** A graph for the forward pass alone has no gradients. */
  readonly pass: 'forward' | 'forward-backward';
}

/**
 * Inputs: int32 `input_ids` and `targets`, float32 `weights` and, for the policy loss, `advantages`, `old_logprobs` and (where beta is
 * not 0) `reference_logprobs`, all [B, T]; int64 `positions` [B, T]; `mask` [B or 1, 1, groups*T, T]; every parameter by name.
 * Outputs: `loss` [], `logprobs` [B*T, 1], and the gradients.
 */
export interface TrainingGraph {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Name[];
  readonly gradients: readonly { readonly parameter: Name; readonly output: Name }[];
  /** Output [B*T, hidden] whose row n is to be added to row ids[n] of the parameter's gradient. */
  readonly scattered: readonly {
    readonly parameter: Name;
    readonly ids: 'input_ids' | 'targets';
    readonly output: Name;
  }[];
}

/** The tensors that are trained, in the order of the flat buffers. */
export function trainableShapes(config: DecoderConfig, trainable: TrainableSet): Map<string, Shape> {
  return trainable.type === 'all' ? parameterShapes(config) : new Map(loraShapes(config, trainable.rank));
}

export function buildTrainingGraph(config: DecoderConfig, options: TrainingGraphOptions): TrainingGraph {
  const graph = new GraphBuilder();
  const tape = new Tape(graph);
  const values = declareParameters(tape, config, options.trainable);
  const parameter = (name: string): Value => values.get(name) ?? tape.constant(name);
  const inputIds = graph.input('input_ids', 'int32', ['B', 'T']);
  const targets = graph.input('targets', 'int32', ['B', 'T']);
  const positions = graph.input('positions', 'int64', ['B', 'T']);
  const mask = graph.input('mask', 'float32', ['M', 1, 'GT', 'T']);
  const { trainable } = options;
  const build: DecoderBuild = {
    tape,
    config,
    parameter,
    inputIds,
    positions,
    loraScale: trainable.type === 'all' ? null : trainable.alpha / trainable.rank,
    attend: (_layer, operands) => attention(tape, operands, { mask, scale: attentionScale(config) }),
  };
  const hidden = finalNorm(build, buildDecoder(build));
  const logprobs = tokenLogprobs(tape, { hidden, outputMatrix: parameter(outputMatrix(config)) }, targets);
  const loss = writeLoss(tape, logprobs, options.loss);
  graph.output('loss', loss.name, []);
  graph.output('logprobs', logprobs.name, ['N', 1]);
  const gradients =
    options.pass === 'forward' ? NO_GRADIENTS : writeGradients(tape, loss, trainableShapes(config, trainable));
  return { bytes: graph.encode(), inputs: graph.inputNames, ...gradients };
}

type GradientOutputs = Pick<TrainingGraph, 'gradients' | 'scattered'>;
const NO_GRADIENTS: GradientOutputs = { gradients: [], scattered: [] };

/** Everything is an input: the arrays are read in place, so no second copy of the weights exists, and a step changes them for free. */
function declareParameters(tape: Tape, config: DecoderConfig, trainable: TrainableSet): Map<string, Value> {
  const trained = trainableShapes(config, trainable);
  const values = new Map<string, Value>();
  for (const [name, shape] of new Map([...parameterShapes(config), ...trained])) {
    tape.graph.input(name, 'float32', shape);
    values.set(name, trained.has(name) ? tape.parameter(name) : tape.constant(name));
  }
  return values;
}

function writeLoss(tape: Tape, logprobs: Value, loss: Loss): Value {
  const input = (name: Name): Name => tape.graph.input(name, 'float32', ['B', 'T']);
  const weights = input('weights');
  if (loss.type === 'supervised') return supervisedLoss(tape, logprobs, weights);
  const inputs = {
    weights,
    advantages: input('advantages'),
    oldLogprobs: input('old_logprobs'),
    reference: loss.beta === 0 ? null : { logprobs: input('reference_logprobs'), beta: loss.beta },
  };
  return policyLoss(tape, logprobs, inputs, loss);
}

function writeGradients(tape: Tape, loss: Value, shapes: ReadonlyMap<string, Shape>): GradientOutputs {
  const { dense, scattered } = tape.backward(loss);
  const gradients = [...dense].map(([parameter, source]) => {
    const output = `gradient.${parameter}`;
    tape.graph.output(output, source, shapes.get(parameter) ?? []);
    return { parameter, output };
  });
  const rows = scattered.map(({ table, indices, rows: source }, index) => {
    const output = `rows.${index}`;
    tape.graph.output(output, source, ['N', shapes.get(table.name)?.[1] ?? 0]);
    return {
      parameter: table.name,
      ids: indices === 'targets' ? ('targets' as const) : ('input_ids' as const),
      output,
    };
  });
  return { gradients, scattered: rows };
}
