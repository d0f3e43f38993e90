/** Token log-probabilities and the losses on them. N tokens, V vocabulary, D width; all vectors of tokens are [N, 1]. */
import type { GraphBuilder, Name } from './graph.js';
import { once, type Tape, type Value } from './tape.js';

/** The least probability whose logarithm is taken: log(1e-37) is finite in float32, log(0) is not. */
const LEAST_PROBABILITY = 1e-37;
/** ONNX's code of the type, for Cast. */
const FLOAT32 = 1;

const column = (graph: GraphBuilder, name: Name): Name => graph.node('Reshape', [name, graph.integers(-1, 1)]);

/**
 * l = log softmax(hidden W^T)[target], hidden [N, D], W [V, D], targets an int32 input of N elements.
 * With P the probabilities and c = dl: dHidden = c (W[target] - P W); dW = -P^T (c hidden) + rows c hidden added at the targets.
 * So the backward pass never scales or copies an N x V matrix.
 */
export function tokenLogprobs(
  tape: Tape,
  operands: { readonly hidden: Value; readonly outputMatrix: Value },
  targets: Name,
): Value {
  const { graph } = tape;
  const { hidden, outputMatrix } = operands;
  const logits = graph.node('Gemm', [hidden.name, outputMatrix.name], { transB: 1 });
  const probabilities = graph.node('Softmax', [logits], { axis: -1 });
  const chosen = graph.node('GatherElements', [probabilities, column(graph, targets)], { axis: 1 });
  const logprobs = graph.node('Log', [graph.node('Max', [chosen, graph.scalar(LEAST_PROBABILITY)])]);
  const weighted = once((c) => graph.node('Mul', [hidden.name, c]));
  return tape.record(logprobs, [
    [
      hidden,
      (c, sum) => {
        const flat = graph.node('Reshape', [targets, graph.integers(-1)]);
        const own = graph.node('Gather', [outputMatrix.name, flat]);
        const mean = graph.node('MatMul', [probabilities, outputMatrix.name]);
        const gradient = graph.node('Mul', [graph.node('Sub', [own, mean]), c]);
        return sum === null ? gradient : graph.node('Add', [sum, gradient]);
      },
    ],
    [
      outputMatrix,
      (c, sum) => {
        tape.scatter({ table: outputMatrix, indices: targets, rows: weighted(c) });
        const inputs = [probabilities, weighted(c), ...(sum === null ? [] : [sum])];
        return graph.node('Gemm', inputs, { transA: 1, alpha: { float: -1 } });
      },
    ],
  ]);
}

/** -sum of weight times log-probability. */
export function supervisedLoss(tape: Tape, logprobs: Value, weights: Name): Value {
  const { graph } = tape;
  const negative = graph.node('Neg', [column(graph, weights)]);
  const loss = graph.node('ReduceSum', [graph.node('Mul', [logprobs.name, negative])], { keepdims: 0 });
  return tape.record(loss, [[logprobs, (dy) => graph.node('Mul', [negative, dy])]]);
}

/** Graph inputs of N elements each. */
interface PolicyInputs {
  readonly weights: Name;
  readonly advantages: Name;
  /** Log-probabilities at the time of sampling. */
  readonly oldLogprobs: Name;
  /** Log-probabilities under the reference policy, and the weight of the KL estimate; null leaves it out. */
  readonly reference: { readonly logprobs: Name; readonly beta: number } | null;
}

/** The ratio is clipped to [1 - clipLow, 1 + clipHigh]. */
export interface ClipRange {
  readonly clipLow: number;
  readonly clipHigh: number;
}

/**
 * sum of w (beta k3 - min(r A, clip(r) A)), r = exp(l - old), k3 = exp(d) - d - 1 with d = reference - l (Schulman's estimator of the
 * KL divergence, never negative). Derivative by l: w (beta (1 - exp(d)) - r A where the unclipped term is the minimum, else 0).
 */
export function policyLoss(tape: Tape, logprobs: Value, inputs: PolicyInputs, range: ClipRange): Value {
  const { graph } = tape;
  const weights = column(graph, inputs.weights);
  const advantages = column(graph, inputs.advantages);
  const ratio = graph.node('Exp', [graph.node('Sub', [logprobs.name, column(graph, inputs.oldLogprobs)])]);
  const bounds = [graph.scalar(1 - range.clipLow), graph.scalar(1 + range.clipHigh)];
  const unclipped = graph.node('Mul', [ratio, advantages]);
  const clipped = graph.node('Mul', [graph.node('Clip', [ratio, ...bounds]), advantages]);
  const objective = graph.node('Min', [unclipped, clipped]);
  const penalty = inputs.reference === null ? null : klPenalty(graph, logprobs.name, inputs.reference);
  const negative = penalty === null ? graph.node('Neg', [objective]) : graph.node('Sub', [penalty.value, objective]);
  const loss = graph.node('ReduceSum', [graph.node('Mul', [weights, negative])], { keepdims: 0 });
  return tape.record(loss, [
    [
      logprobs,
      (dy) => {
        const active = graph.node('Cast', [graph.node('LessOrEqual', [unclipped, clipped])], { to: FLOAT32 });
        const pull = graph.node('Mul', [unclipped, active]);
        const slope =
          penalty === null ? graph.node('Neg', [pull]) : graph.node('Sub', [penalty.writeDerivative(), pull]);
        return graph.node('Mul', [graph.node('Mul', [weights, slope]), dy]);
      },
    ],
  ]);
}

/** beta k3 per token, and beta (1 - exp(d)), its derivative by the log-probability. */
function klPenalty(
  graph: GraphBuilder,
  logprobs: Name,
  reference: { readonly logprobs: Name; readonly beta: number },
): { readonly value: Name; readonly writeDerivative: () => Name } {
  const difference = graph.node('Sub', [column(graph, reference.logprobs), logprobs]);
  const exponential = graph.node('Exp', [difference]);
  const one = graph.scalar(1);
  const k3 = graph.node('Sub', [graph.node('Sub', [exponential, difference]), one]);
  const factor = graph.scalar(reference.beta);
  return {
    value: graph.node('Mul', [k3, factor]),
    writeDerivative: () => graph.node('Mul', [graph.node('Sub', [one, exponential]), factor]),
  };
}
