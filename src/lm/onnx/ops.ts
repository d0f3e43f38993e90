/**
 * The differentiable ops of a decoder. Shapes in names and comments: N = B*S tokens, D width, H heads, K key/value heads, G = H/K,
 * E head width. Each op notes its vector-Jacobian product; dy is the gradient of its result.
 */
import type { GraphBuilder, Name } from './graph.js';
import { once, type Pullback, type Tape, type Value } from './tape.js';

const add = (graph: GraphBuilder, gradient: Name, sum: Name | null): Name =>
  sum === null ? gradient : graph.node('Add', [sum, gradient]);

const sumRows = (graph: GraphBuilder, matrix: Name): Name =>
  graph.node('ReduceSum', [matrix, graph.integers(0)], { keepdims: 0 });

/** table[indices]: [N, D] from the int32 or int64 input `indices` of N elements. dTable = scattered rows of dy. */
export function gatherRows(tape: Tape, table: Value, indices: Name): Value {
  const { graph } = tape;
  const flat = graph.node('Reshape', [indices, graph.integers(-1)]);
  return tape.record(graph.node('Gather', [table.name, flat]), [
    [
      table,
      (rows, sum) => {
        tape.scatter({ table, indices, rows });
        return sum;
      },
    ],
  ]);
}

export interface LinearOptions {
  /** [out] */
  readonly bias?: Value;
  /** [N, out]; not together with a bias. */
  readonly addend?: Value;
  /** Factor on x W^T. */
  readonly scale?: number;
}

/** y = scale x W^T + bias or addend, W [out, in]. dx = scale dy W; dW = scale dy^T x; dBias = sum over N; dAddend = dy. */
export function linear(tape: Tape, x: Value, weight: Value, options: LinearOptions = {}): Value {
  const { graph } = tape;
  const alpha = { float: options.scale ?? 1 };
  const { bias, addend } = options;
  const third = bias ?? addend;
  const operands: (readonly [Value, Pullback])[] = [
    [x, (dy, sum) => graph.node('Gemm', [dy, weight.name, ...(sum === null ? [] : [sum])], { alpha })],
    [weight, (dy, sum) => graph.node('Gemm', [dy, x.name, ...(sum === null ? [] : [sum])], { alpha, transA: 1 })],
  ];
  if (bias !== undefined) operands.push([bias, (dy, sum) => add(graph, sumRows(graph, dy), sum)]);
  if (addend !== undefined) operands.push([addend, (dy, sum) => add(graph, dy, sum)]);
  const inputs = [x.name, weight.name, ...(third === undefined ? [] : [third.name])];
  return tape.record(graph.node('Gemm', inputs, { alpha, transB: 1 }), operands);
}

/** x + y of one shape. dx = dy = gradient. */
export function plus(tape: Tape, x: Value, y: Value): Value {
  const { graph } = tape;
  const pullback: Pullback = (gradient, sum) => add(graph, gradient, sum);
  return tape.record(graph.node('Add', [x.name, y.name]), [
    [x, pullback],
    [y, pullback],
  ]);
}

/**
 * y = x r w with r = 1 / sqrt(mean(x^2) + epsilon) per row, x [N, width], w [width].
 * With n = x r: dw = sum over N of dy n; dx = r (dy w - n mean(dy n w)).
 */
export function rmsNorm(
  tape: Tape,
  operands: { readonly x: Value; readonly weight: Value },
  options: { readonly epsilon: number; readonly width: number },
): Value {
  const { graph } = tape;
  const { x, weight } = operands;
  const attributes = { axis: -1, epsilon: { float: options.epsilon }, stash_type: 1 };
  const [y, inverse] = graph.pair('SimplifiedLayerNormalization', [x.name, weight.name], attributes);
  const normalised = once(() => graph.node('Mul', [x.name, inverse]));
  const product = once((dy) => graph.node('Mul', [dy, normalised(dy)]));
  return tape.record(y, [
    [weight, (dy, sum) => add(graph, sumRows(graph, product(dy)), sum)],
    [
      x,
      (dy, sum) => {
        const column = graph.node('Reshape', [weight.name, graph.integers(-1, 1)]);
        const mean = graph.node('Gemm', [product(dy), column], { alpha: { float: 1 / options.width } });
        const scaled = graph.node('Mul', [dy, weight.name]);
        const removed = graph.node('Mul', [normalised(dy), mean]);
        return add(graph, graph.node('Mul', [graph.node('Sub', [scaled, removed]), inverse]), sum);
      },
    ],
  ]);
}

/** The same numbers in rows of `width` instead of `from`: [N, from] to [N from / width, width]. dx = dy in rows of `from`. */
export function rowsOf(tape: Tape, x: Value, size: { readonly from: number; readonly width: number }): Value {
  const { graph } = tape;
  const reshape = (name: Name, width: number): Name => graph.node('Reshape', [name, graph.integers(-1, width)]);
  return tape.record(reshape(x.name, size.width), [[x, (dy, sum) => add(graph, reshape(dy, size.from), sum)]]);
}

/** y = silu(gate) up, silu(g) = g s with s = sigmoid(g). dUp = dy silu; dGate = dy up (s + silu - silu s). */
export function swiGlu(tape: Tape, gate: Value, up: Value): Value {
  const { graph } = tape;
  const sigmoid = graph.node('Sigmoid', [gate.name]);
  const silu = graph.node('Mul', [gate.name, sigmoid]);
  return tape.record(graph.node('Mul', [silu, up.name]), [
    [up, (dy, sum) => add(graph, graph.node('Mul', [dy, silu]), sum)],
    [
      gate,
      (dy, sum) => {
        const rest = graph.node('Sub', [silu, graph.node('Mul', [silu, sigmoid])]);
        const slope = graph.node('Add', [sigmoid, rest]);
        const outer = graph.node('Mul', [dy, up.name]);
        return add(graph, graph.node('Mul', [outer, slope]), sum);
      },
    ],
  ]);
}

export interface Rotation {
  /** int64 [B, S], or [1]: where every row starts. */
  readonly positions: Name;
  /** [positions, E/2] */
  readonly cosine: Name;
  readonly sine: Name;
  /** Writes -sine, which turns back; called for a backward pass only. */
  readonly writeNegativeSine: () => Name;
}

/** Rotary positions (halves, as Llama and Qwen2 pair them) on x [N, heads*E], result [B, S, heads*E]. dx = dy turned back. */
export function rotate(
  tape: Tape,
  x: Value,
  options: { readonly rotation: Rotation; readonly heads: number; readonly headDim: number; readonly shape: Name },
): Value {
  const { graph } = tape;
  const { positions, cosine, sine, writeNegativeSine } = options.rotation;
  const attributes = { interleaved: 0, num_heads: options.heads };
  const turn = (name: Name, sineTable: Name): Name =>
    graph.node(
      'RotaryEmbedding',
      [graph.node('Reshape', [name, options.shape]), positions, cosine, sineTable],
      attributes,
    );
  const flat = graph.integers(-1, options.heads * options.headDim);
  return tape.record(turn(x.name, sine), [
    [x, (dy, sum) => add(graph, graph.node('Reshape', [turn(dy, writeNegativeSine()), flat]), sum)],
  ]);
}

/** How heads are grouped: G = groups query heads share one of `kvHeads` key/value heads; G = 1 for keys and values. */
export interface HeadLayout {
  readonly kvHeads: number;
  readonly groups: number;
  readonly headDim: number;
}

const writeSplit = (graph: GraphBuilder, x: Name, layout: HeadLayout & { readonly shape: Name }): Name =>
  graph.node('Reshape', [
    graph.node('Transpose', [graph.node('Reshape', [x, layout.shape])], { perm: [0, 2, 3, 1, 4] }),
    graph.integers(0, layout.kvHeads, -1, layout.headDim),
  ]);

const writeMerge = (graph: GraphBuilder, x: Name, { kvHeads, groups, headDim }: HeadLayout): Name =>
  graph.node('Reshape', [
    graph.node('Transpose', [graph.node('Reshape', [x, graph.integers(0, kvHeads, groups, -1, headDim)])], {
      perm: [0, 3, 1, 2, 4],
    }),
    graph.integers(-1, kvHeads * groups * headDim),
  ]);

/** [B*S, K*G*E] to [B, K, G*S, E]; `shape` is the int64 tensor [B, S, K, G, E]. dx = merge(dy). */
export function splitHeads(tape: Tape, x: Value, layout: HeadLayout & { readonly shape: Name }): Value {
  const { graph } = tape;
  return tape.record(writeSplit(graph, x.name, layout), [
    [x, (dy, sum) => add(graph, writeMerge(graph, dy, layout), sum)],
  ]);
}

/** [B, K, G*S, E] to [B*S, K*G*E]. dx = split(dy). */
export function mergeHeads(tape: Tape, x: Value, layout: HeadLayout & { readonly shape: Name }): Value {
  const { graph } = tape;
  return tape.record(writeMerge(graph, x.name, layout), [
    [x, (dy, sum) => add(graph, writeSplit(graph, dy, layout), sum)],
  ]);
}

/**
 * O = P V with P = softmax(scale Q K^T + mask) over keys; Q [B, K, G*S, E]; K, V [B, K, S, E]; mask [1, 1, G*S, S].
 * dV = P^T dO; dS = P (dO V^T - rowsum(dO O)), since rowsum(dP P) = rowsum(dO O); dQ = scale dS K; dK = scale dS^T Q.
 */
export function attention(
  tape: Tape,
  operands: { readonly query: Value; readonly key: Value; readonly value: Value },
  options: { readonly mask: Name; readonly scale: number },
): Value {
  const { graph } = tape;
  const { query, key, value } = operands;
  const alpha = { float: options.scale };
  const scores = graph.node('FusedMatMul', [query.name, key.name], { transB: 1, alpha });
  const weights = graph.node('Softmax', [graph.node('Add', [scores, options.mask])], { axis: -1 });
  const output = graph.node('MatMul', [weights, value.name]);
  const scoreGradient = once((dy) => {
    const weightGradient = graph.node('FusedMatMul', [dy, value.name], { transB: 1 });
    const rowSums = graph.node('ReduceSum', [graph.node('Mul', [dy, output]), graph.integers(-1)], { keepdims: 1 });
    return graph.node('Mul', [weights, graph.node('Sub', [weightGradient, rowSums])]);
  });
  return tape.record(output, [
    [value, (dy, sum) => add(graph, graph.node('FusedMatMul', [weights, dy], { transA: 1 }), sum)],
    [query, (dy, sum) => add(graph, graph.node('FusedMatMul', [scoreGradient(dy), key.name], { alpha }), sum)],
    [
      key,
      (dy, sum) => add(graph, graph.node('FusedMatMul', [scoreGradient(dy), query.name], { transA: 1, alpha }), sum),
    ],
  ]);
}
