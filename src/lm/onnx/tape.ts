/**
 * Reverse-mode differentiation while the graph is written. An op writes its forward nodes and records, for each of its operands, a
 * pullback that writes the nodes of the vector-Jacobian product; `backward` calls them in reverse order. Where nothing needs a
 * gradient, nothing is recorded, so the same op builds inference graphs.
 */
import type { GraphBuilder, Name } from './graph.js';

/** A float32 tensor of the graph. */
export interface Value {
  readonly name: Name;
  readonly needsGradient: boolean;
}

/**
 * Writes the operand's gradient, given that of the result. `sum` is what other uses of the operand have contributed so far: it is to be
 * included (often at no cost, as the addend of a Gemm). Null stands for zero, in and out.
 */
export type Pullback = (gradient: Name, sum: Name | null) => Name | null;

/** Gradient rows of a table: rows[n] is to be added to row indices[n]. The host adds them, see `Tape.scatter`. */
interface ScatteredRows {
  readonly table: Value;
  /** The graph input that holds the indices. */
  readonly indices: Name;
  /** [number of indices, width]. */
  readonly rows: Name;
}

interface Recorded {
  readonly result: Value;
  readonly operands: readonly (readonly [Value, Pullback])[];
}

interface Gradients {
  /** By name of the parameter; none for a parameter that gets scattered rows only. */
  readonly dense: ReadonlyMap<Name, Name>;
  readonly scattered: readonly ScatteredRows[];
}

export class Tape {
  private readonly records: Recorded[] = [];
  private readonly scattered: ScatteredRows[] = [];
  private readonly parameters: Value[] = [];

  constructor(readonly graph: GraphBuilder) {}

  constant(name: Name): Value {
    return { name, needsGradient: false };
  }

  parameter(name: Name): Value {
    const value = { name, needsGradient: true };
    this.parameters.push(value);
    return value;
  }

  record(name: Name, operands: readonly (readonly [Value, Pullback])[]): Value {
    const needed = operands.filter(([operand]) => operand.needsGradient);
    const result = { name, needsGradient: needed.length > 0 };
    if (result.needsGradient) this.records.push({ result, operands: needed });
    return result;
  }

  /**
   * Hands gradient rows to the host. In the graph they would need ScatterND with reduction=add, whose CPU kernel races when an index
   * occurs twice (microsoft/onnxruntime#18048, #23396, still so in 1.30), or ScatterElements, which is slower than the host.
   */
  scatter(rows: ScatteredRows): void {
    this.scattered.push(rows);
  }

  /** Writes the backward nodes from a scalar loss. */
  backward(loss: Value): Gradients {
    const sums = new Map<Value, Name | null>([[loss, this.graph.scalar(1)]]);
    for (const { result, operands } of [...this.records].reverse()) {
      const gradient = sums.get(result) ?? null;
      if (gradient === null) continue;
      for (const [operand, pullback] of operands) sums.set(operand, pullback(gradient, sums.get(operand) ?? null));
    }
    const dense = new Map<Name, Name>();
    for (const parameter of this.parameters) {
      const gradient = sums.get(parameter) ?? null;
      if (gradient !== null) dense.set(parameter.name, gradient);
    }
    return { dense, scattered: this.scattered };
  }
}

/** A pullback step that several operands of one op share: its nodes are written once. */
export function once(write: (gradient: Name) => Name): (gradient: Name) => Name {
  let written: Name | null = null;
  return (gradient) => (written ??= write(gradient));
}
