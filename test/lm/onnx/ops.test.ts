/** Each op's vector-Jacobian product against central differences of the op itself. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GraphBuilder, type Name } from '../../../src/lm/onnx/graph.js';
import { policyLoss, supervisedLoss, tokenLogprobs } from '../../../src/lm/onnx/losses.js';
import * as ops from '../../../src/lm/onnx/ops.js';
import { Tape, type Value } from '../../../src/lm/onnx/tape.js';
import { Random } from '../../../src/lm/random.js';
import { createSession, float32, int32, type Session, type Tensor } from '../../../src/lm/runtime.js';

interface OpCase {
  /** Differentiated operands: shape by name. */
  readonly operands: Readonly<Record<string, readonly number[]>>;
  /** Other inputs. */
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly build: (tape: Tape, operands: (name: string) => Value) => Value;
  readonly resultShape: readonly number[];
  /** Operands whose gradient comes as rows for the host to add, and their indices. */
  readonly scattered?: Readonly<Record<string, readonly number[]>>;
}

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
const vector = (length: number, seed: number): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => random.gaussian());
};
const column = (values: readonly number[]): Tensor => float32(Float32Array.from(values), [values.length]);

/** y = op(operands), and the gradients of sum(y * direction). */
async function openOp(op: OpCase): Promise<Session> {
  const graph = new GraphBuilder();
  const tape = new Tape(graph);
  const operands = new Map<string, Value>();
  for (const [name, shape] of Object.entries(op.operands)) {
    graph.input(name, 'float32', shape);
    operands.set(name, tape.parameter(name));
  }
  for (const [name, tensor] of Object.entries(op.constants ?? {})) graph.input(name, tensor.type, tensor.dims);
  graph.input('direction', 'float32', op.resultShape);
  const result = op.build(tape, (name) => operands.get(name) ?? tape.constant(name));
  const product = graph.node('Mul', [result.name, 'direction']);
  const flat = graph.node('Reshape', [product, graph.integers(-1)]);
  const total = graph.node('ReduceSum', [flat], { keepdims: 0 });
  const pullback = (dy: Name): Name => graph.node('Mul', ['direction', dy]);
  const { dense, scattered } = tape.backward(tape.record(total, [[result, pullback]]));
  graph.output('y', result.name, op.resultShape);
  for (const [name, source] of dense) graph.output(`gradient.${name}`, source, op.operands[name] ?? []);
  for (const { table, rows } of scattered)
    graph.output(`rows.${table.name}`, rows, ['N', op.operands[table.name]?.[1] ?? 0]);
  return createSession(graph.encode(), { threads: 1, spinning: false });
}

async function check(op: OpCase): Promise<void> {
  const session = await openOp(op);
  const direction = vector(count(op.resultShape), 99);
  const values = new Map(
    Object.entries(op.operands).map(([name, shape], index) => [name, vector(count(shape), index + 1)]),
  );
  const run = (): ReturnType<Session['run']> =>
    session.run({
      ...op.constants,
      ...Object.fromEntries([...values].map(([name, data]) => [name, float32(data, op.operands[name] ?? [])])),
      direction: float32(direction, op.resultShape),
    });
  const project = async (): Promise<number> => {
    const y = (await run())['y']?.data ?? new Float32Array();
    return direction.reduce((sum, value, index) => sum + value * (y[index] ?? NaN), 0);
  };
  const outputs = await run();
  for (const [name, data] of values) {
    const gradient = outputs[`gradient.${name}`]?.data ?? new Float32Array(data.length);
    const rows = outputs[`rows.${name}`];
    op.scattered?.[name]?.forEach((row, n) => {
      const width = rows?.dims[1] ?? 0;
      for (let e = 0; e < width; e += 1)
        gradient[row * width + e] = (gradient[row * width + e] ?? 0) + (rows?.data[n * width + e] ?? NaN);
    });
    for (let index = 0; index < data.length; index += Math.ceil(data.length / 12)) {
      const expected = await difference(data, index, project);
      const actual = gradient[index] ?? NaN;
      assert.ok(Math.abs(actual - expected) < 2e-3, `${name}[${index}]: ${actual} instead of ${expected}`);
    }
  }
  await session.release();
}

/** Richardson's central difference: with float32 results the steps must be wide, so the error is made of fourth order. */
async function difference(data: Float32Array, index: number, project: () => Promise<number>): Promise<number> {
  const original = data[index] ?? NaN;
  const central = async (step: number): Promise<number> => {
    data[index] = original + step;
    const above = await project();
    data[index] = original - step;
    const below = await project();
    data[index] = original;
    return (above - below) / (2 * step);
  };
  return (4 * (await central(0.02)) - (await central(0.04))) / 3;
}

const layout = { kvHeads: 2, groups: 2, headDim: 3 };
const shapeOf = (tape: Tape, ...sizes: number[]): Name => tape.graph.integers(...sizes);
const angles = Float32Array.from({ length: 5 * 2 }, (_unused, index) => 0.3 * index);
const rotaryInputs: Readonly<Record<string, Tensor>> = {
  cosine: float32(angles.map(Math.cos), [5, 2]),
  sine: float32(angles.map(Math.sin), [5, 2]),
  negativeSine: float32(
    angles.map((angle) => -Math.sin(angle)),
    [5, 2],
  ),
};

const cases: Readonly<Record<string, OpCase>> = {
  'linear, with a bias': {
    operands: { x: [4, 3], w: [5, 3], bias: [5] },
    build: (tape, operand) => ops.linear(tape, operand('x'), operand('w'), { bias: operand('bias') }),
    resultShape: [4, 5],
  },
  'linear, scaled and added to another': {
    operands: { x: [4, 3], w: [5, 3], addend: [4, 5] },
    build: (tape, operand) => ops.linear(tape, operand('x'), operand('w'), { addend: operand('addend'), scale: 1.7 }),
    resultShape: [4, 5],
  },
  'one operand used in several ops': {
    operands: { x: [4, 3], w: [3, 3] },
    build: (tape, operand) => {
      const first = ops.linear(tape, operand('x'), operand('w'));
      return ops.plus(tape, ops.linear(tape, first, operand('w')), ops.plus(tape, operand('x'), operand('x')));
    },
    resultShape: [4, 3],
  },
  'RMS norm': {
    operands: { x: [4, 6], w: [6] },
    build: (tape, operand) => ops.rmsNorm(tape, { x: operand('x'), weight: operand('w') }, { epsilon: 1e-3, width: 6 }),
    resultShape: [4, 6],
  },
  SwiGLU: {
    operands: { gate: [3, 4], up: [3, 4] },
    build: (tape, operand) => ops.swiGlu(tape, operand('gate'), operand('up')),
    resultShape: [3, 4],
  },
  'rotary positions': {
    operands: { x: [10, 8] },
    constants: rotaryInputs,
    build: (tape, operand) =>
      ops.rotate(tape, operand('x'), {
        rotation: {
          positions: shapeOf(tape, 0),
          cosine: 'cosine',
          sine: 'sine',
          writeNegativeSine: () => 'negativeSine',
        },
        heads: 2,
        headDim: 4,
        shape: shapeOf(tape, 2, 5, -1),
      }),
    resultShape: [2, 5, 8],
  },
  'splitting heads': {
    operands: { x: [10, 12] },
    build: (tape, operand) => ops.splitHeads(tape, operand('x'), { ...layout, shape: shapeOf(tape, 2, 5, 2, 2, 3) }),
    resultShape: [2, 2, 10, 3],
  },
  'merging heads': {
    operands: { x: [2, 2, 10, 3] },
    build: (tape, operand) => ops.mergeHeads(tape, operand('x'), { ...layout, shape: shapeOf(tape, 2, 5, 2, 2, 3) }),
    resultShape: [10, 12],
  },
  'attention of grouped heads': {
    operands: { q: [2, 2, 6, 4], k: [2, 2, 3, 4], v: [2, 2, 3, 4] },
    constants: {
      mask: float32(
        Float32Array.from({ length: 18 }, (_unused, index) => (index % 3 > Math.floor(index / 3) % 3 ? -1e9 : 0)),
        [1, 1, 6, 3],
      ),
    },
    build: (tape, operand) =>
      ops.attention(
        tape,
        { query: operand('q'), key: operand('k'), value: operand('v') },
        { mask: 'mask', scale: 0.5 },
      ),
    resultShape: [2, 2, 6, 4],
  },
  'gathering rows, one of them twice': {
    operands: { table: [5, 3] },
    constants: { ids: int32(Int32Array.of(4, 1, 4), [3]) },
    build: (tape, operand) => ops.gatherRows(tape, operand('table'), 'ids'),
    resultShape: [3, 3],
    scattered: { table: [4, 1, 4] },
  },
  'log-probabilities of tokens': {
    operands: { hidden: [4, 3], w: [6, 3] },
    constants: { targets: int32(Int32Array.of(5, 0, 5, 2), [4]) },
    build: (tape, operand) => tokenLogprobs(tape, { hidden: operand('hidden'), outputMatrix: operand('w') }, 'targets'),
    resultShape: [4, 1],
    scattered: { w: [5, 0, 5, 2] },
  },
  'supervised loss': {
    operands: { logprobs: [4, 1] },
    constants: { weights: column([0, 1, 0.5, 2]) },
    build: (tape, operand) => supervisedLoss(tape, operand('logprobs'), 'weights'),
    resultShape: [],
  },
  'policy loss, clipped and not, on both sides, with KL': {
    operands: { logprobs: [6, 1] },
    constants: {
      weights: column([1, 1, 1, 1, 0.5, 0]),
      advantages: column([1, -1, 1, -1, 2, 1]),
      reference: column([...vector(6, 1)].map((value, index) => value + 0.2 * index - 0.4)),
      // The operand is vector(6, 1): ratios e^1, e^1, e^-1, e^-1, e^0.05, e^0.
      old: column([...vector(6, 1)].map((value, index) => value - ([1, 1, -1, -1, 0.05, 0][index] ?? 0))),
    },
    build: (tape, operand) =>
      policyLoss(
        tape,
        operand('logprobs'),
        {
          weights: 'weights',
          advantages: 'advantages',
          oldLogprobs: 'old',
          reference: { logprobs: 'reference', beta: 0.3 },
        },
        { clipLow: 0.2, clipHigh: 0.28 },
      ),
    resultShape: [],
  },
};

describe('vector-Jacobian products', () => {
  for (const [name, op] of Object.entries(cases)) test(name, () => check(op));
});

test('what needs no gradient writes no backward nodes', () => {
  const graph = new GraphBuilder();
  const tape = new Tape(graph);
  const x = tape.constant(graph.input('x', 'float32', [2, 2]));
  const w = tape.parameter(graph.input('w', 'float32', [2, 2]));
  const frozen = ops.linear(tape, x, tape.constant('x'));
  assert.equal(frozen.needsGradient, false);
  const { dense } = tape.backward(ops.linear(tape, frozen, w));
  assert.deepEqual([...dense.keys()], ['w']);
});
