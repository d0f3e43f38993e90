/** Builds an ONNX model: nodes, constants, inputs and outputs by name, and its protobuf encoding (onnx.proto3 of ONNX 1.17). */
import { PurpgateError } from '../../errors.js';
import { ProtobufWriter } from './protobuf.js';

/** Name of a tensor in the graph. */
export type Name = string;
export type ElementType = 'float32' | 'int32' | 'int64';
/** A fixed size, or the name of a size that each run chooses. */
export type Dimension = number | string;
/** A bare number is an integer attribute. */
type Attribute = number | readonly number[] | { readonly float: number };

interface Node {
  readonly type: OperatorType;
  readonly inputs: readonly Name[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: readonly Name[];
}

interface Port {
  readonly name: Name;
  readonly type: ElementType;
  readonly dims: readonly Dimension[];
}

interface Constant {
  readonly name: Name;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** ONNX opset 17, and what onnxruntime adds to the default domain (SimplifiedLayerNormalization). */
type StandardOperator =
  | 'Add'
  | 'Clip'
  | 'Concat'
  | 'Exp'
  | 'Gather'
  | 'GatherElements'
  | 'Gemm'
  | 'Identity'
  | 'LessOrEqual'
  | 'Cast'
  | 'Log'
  | 'MatMul'
  | 'Max'
  | 'Min'
  | 'Mul'
  | 'Neg'
  | 'ReduceSum'
  | 'Reshape'
  | 'Shape'
  | 'Sigmoid'
  | 'SimplifiedLayerNormalization'
  | 'Slice'
  | 'Softmax'
  | 'Sub'
  | 'Transpose';
const MICROSOFT_OPERATORS = ['FusedMatMul', 'RotaryEmbedding'] as const;
type OperatorType = StandardOperator | (typeof MICROSOFT_OPERATORS)[number];

const MICROSOFT = 'com.microsoft';
const IR_VERSION = 8;
const OPSETS: readonly (readonly [domain: string, version: number])[] = [
  ['', 17],
  [MICROSOFT, 1],
];
const ELEMENT_CODES: Readonly<Record<ElementType, number>> = { float32: 1, int32: 6, int64: 7 };
/** onnxruntime refuses larger messages, as protobuf does. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

const isMicrosoft = (type: OperatorType): boolean => MICROSOFT_OPERATORS.some((name) => name === type);

export class GraphBuilder {
  private readonly nodeList: Node[] = [];
  private readonly constants = new Map<Name, Constant>();
  private readonly inputPorts: Port[] = [];
  private readonly outputPorts: Port[] = [];
  /** Inner name to the name of the output it is. */
  private readonly outputNames = new Map<Name, Name>();

  /** Adds a node with one output. */
  node(type: OperatorType, inputs: readonly Name[], attributes: Readonly<Record<string, Attribute>> = {}): Name {
    const name = `${type}_${this.nodeList.length}`;
    this.nodeList.push({ type, inputs, attributes, outputs: [name] });
    return name;
  }

  /** Adds a node with two outputs. */
  pair(type: OperatorType, inputs: readonly Name[], attributes: Readonly<Record<string, Attribute>>): [Name, Name] {
    const first = `${type}_${this.nodeList.length}`;
    const second = `${first}_second`;
    this.nodeList.push({ type, inputs, attributes, outputs: [first, second] });
    return [first, second];
  }

  input(name: Name, type: ElementType, dims: readonly Dimension[]): Name {
    this.inputPorts.push({ name, type, dims });
    return name;
  }

  /** A float32 output. The producing node bears its name, so it costs no copy. */
  output(name: Name, source: Name, dims: readonly Dimension[]): void {
    const isProduced = !this.constants.has(source) && !this.inputPorts.some((port) => port.name === source);
    const own = isProduced && !this.outputNames.has(source) ? source : this.node('Identity', [source]);
    this.outputNames.set(own, name);
    this.outputPorts.push({ name, type: 'float32', dims });
  }

  /** The data is referenced until `encode`. */
  weight(name: Name, dims: readonly number[], data: Float32Array): Name {
    this.constants.set(name, { name, type: 'float32', dims, data });
    return name;
  }

  /** A constant int64 vector. */
  integers(...values: readonly number[]): Name {
    const name = `integers_${values.join('_')}`;
    const data = BigInt64Array.from(values, BigInt);
    this.constants.set(name, { name, type: 'int64', dims: [values.length], data });
    return name;
  }

  /** A constant float32 scalar. */
  scalar(value: number): Name {
    const name = `scalar_${value}`;
    this.constants.set(name, { name, type: 'float32', dims: [], data: Float32Array.of(value) });
    return name;
  }

  get inputNames(): readonly Name[] {
    return this.inputPorts.map((port) => port.name);
  }

  /** @throws PurpgateError `model_unusable` when the model is too large for one message. */
  encode(): Uint8Array {
    const graph = new ProtobufWriter();
    for (const node of this.nodeList) graph.message(1, this.encodeNode(node));
    graph.text(2, 'purpgate');
    for (const constant of this.constants.values()) graph.message(5, encodeConstant(constant));
    for (const port of this.inputPorts) graph.message(11, encodePort(port));
    for (const port of this.outputPorts) graph.message(12, encodePort(port));
    const model = new ProtobufWriter().int(1, IR_VERSION).text(2, 'purpgate').message(7, graph);
    for (const [domain, version] of OPSETS) model.message(8, new ProtobufWriter().text(1, domain).int(2, version));
    if (model.length > MAX_MODEL_BYTES)
      throw new PurpgateError('model_unusable', { message: `the graph has ${model.length} bytes, the limit is 2 GiB` });
    return model.finish();
  }

  private encodeNode({ type, inputs, attributes, outputs }: Node): ProtobufWriter {
    const message = new ProtobufWriter();
    for (const name of inputs) message.text(1, this.outputNames.get(name) ?? name);
    for (const name of outputs) message.text(2, this.outputNames.get(name) ?? name);
    message.text(3, outputs[0] ?? type).text(4, type);
    for (const [name, value] of Object.entries(attributes)) message.message(5, encodeAttribute(name, value));
    if (isMicrosoft(type)) message.text(7, MICROSOFT);
    return message;
  }
}

function encodeAttribute(name: string, value: Attribute): ProtobufWriter {
  const message = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') return message.int(3, value).int(20, 2);
  if ('float' in value) return message.float(2, value.float).int(20, 1);
  for (const item of value) message.int(8, item);
  return message.int(20, 7);
}

function encodeConstant({ name, type, dims, data }: Constant): ProtobufWriter {
  const message = new ProtobufWriter();
  for (const size of dims) message.int(1, size);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message.int(2, ELEMENT_CODES[type]).text(8, name).bytes(9, bytes);
}

function encodePort({ name, type, dims }: Port): ProtobufWriter {
  const shape = new ProtobufWriter();
  for (const size of dims) {
    const dimension = new ProtobufWriter();
    shape.message(1, typeof size === 'number' ? dimension.int(1, size) : dimension.text(2, size));
  }
  const tensor = new ProtobufWriter().int(1, ELEMENT_CODES[type]).message(2, shape);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
