/** The one definition of the decoder; the inference and the training graph differ in attention, head and inputs only. */
import { gatherRows, linear, mergeHeads, plus, rmsNorm, rotate, rowsOf, splitHeads, swiGlu } from './onnx/ops.js';
import type { HeadLayout, Rotation } from './onnx/ops.js';
import type { Name } from './onnx/graph.js';
import type { Tape, Value } from './onnx/tape.js';
import { loraName } from './lora.js';
import type { DecoderConfig } from './model-config.js';
import { EMBEDDING, FINAL_NORM, hasBias, headNormName, linearPath, normName } from './parameters.js';
import type { LinearModule } from './parameters.js';

/** Q [B, kvHeads, groups*S, headDim]; K and V [B, kvHeads, S, headDim]; rotary positions applied to Q and K. */
export interface AttentionOperands {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

export interface DecoderBuild {
  readonly tape: Tape;
  readonly config: DecoderConfig;
  /** The tensor of a parameter, by its Hugging Face name, or of an adapter, by its `lora.` name. */
  readonly parameter: (name: string) => Value;
  /** Factor on the adapter's B; null without adapter. */
  readonly loraScale: number | null;
  /** Graph input [B, S] of token ids. */
  readonly inputIds: Name;
  /** int64 [B, S], or [1] where every row starts at the same position. */
  readonly positions: Name;
  /** Result [B, kvHeads, groups*S, headDim]. */
  readonly attend: (layer: number, operands: AttentionOperands) => Value;
}

export const groupsOf = (config: DecoderConfig): number => config.heads / config.kvHeads;

/** Factor on the scores. */
export const attentionScale = (config: DecoderConfig): number => 1 / Math.sqrt(config.headDim);

/** The residual stream [B*S, hidden] after the last layer, before the final norm. */
export function buildDecoder(build: DecoderBuild): Value {
  const layer = new LayerBuilder(build);
  let stream = gatherRows(build.tape, build.parameter(EMBEDDING), build.inputIds);
  for (let index = 0; index < build.config.layers; index += 1) {
    stream = plus(build.tape, stream, layer.attentionBlock(index, stream));
    stream = plus(build.tape, stream, layer.feedForward(index, stream));
  }
  return stream;
}

export const finalNorm = (build: DecoderBuild, stream: Value): Value => norm(build, stream, FINAL_NORM);

const norm = ({ tape, config, parameter }: DecoderBuild, x: Value, name: string): Value =>
  rmsNorm(tape, { x, weight: parameter(name) }, { epsilon: config.rmsNormEpsilon, width: config.hidden });

class LayerBuilder {
  private readonly rotation: Rotation;
  private readonly query: HeadLayout & { readonly shape: Name };
  private readonly keyValue: HeadLayout & { readonly shape: Name };
  /** int64 [B, S, -1] */
  private readonly rows: Name;

  constructor(private readonly build: DecoderBuild) {
    const { config, tape, inputIds, positions } = build;
    const { graph } = tape;
    const batch = graph.node('Shape', [inputIds]);
    const batchAnd = (...sizes: number[]): Name => graph.node('Concat', [batch, graph.integers(...sizes)], { axis: 0 });
    const groups = groupsOf(config);
    const { kvHeads, headDim } = config;
    this.query = { kvHeads, groups, headDim, shape: batchAnd(kvHeads, groups, headDim) };
    this.keyValue = { kvHeads, groups: 1, headDim, shape: batchAnd(kvHeads, 1, headDim) };
    this.rows = batchAnd(-1);
    this.rotation = { positions, ...rotaryTables(build) };
  }

  attentionBlock(layer: number, stream: Value): Value {
    const { tape, config, attend } = this.build;
    const x = norm(this.build, stream, normName(layer, 'input'));
    const query = splitHeads(tape, this.rotated(this.projectHeads(layer, 'q', x), config.heads), this.query);
    const key = splitHeads(tape, this.rotated(this.projectHeads(layer, 'k', x), config.kvHeads), this.keyValue);
    const value = splitHeads(tape, this.project(layer, 'v', x), this.keyValue);
    return this.project(layer, 'o', mergeHeads(tape, attend(layer, { query, key, value }), this.query));
  }

  feedForward(layer: number, stream: Value): Value {
    const x = norm(this.build, stream, normName(layer, 'post_attention'));
    const gated = swiGlu(this.build.tape, this.project(layer, 'gate', x), this.project(layer, 'up', x));
    return this.project(layer, 'down', gated);
  }

  /** [N, heads*headDim] of q or k, each head normalised where the config asks for it. */
  private projectHeads(layer: number, module: 'q' | 'k', x: Value): Value {
    const { tape, config, parameter } = this.build;
    const projected = this.project(layer, module, x);
    if (config.queryKeyNorm !== true) return projected;
    const width = config.headDim;
    const from = width * (module === 'q' ? config.heads : config.kvHeads);
    const heads = { x: rowsOf(tape, projected, { from, width }), weight: parameter(headNormName(layer, module)) };
    const normed = rmsNorm(tape, heads, { epsilon: config.rmsNormEpsilon, width });
    return rowsOf(tape, normed, { from: width, width: from });
  }

  private rotated(x: Value, heads: number): Value {
    const { tape, config } = this.build;
    return rotate(tape, x, { rotation: this.rotation, heads, headDim: config.headDim, shape: this.rows });
  }

  /** The linear map of a module, with its bias and its adapter where there are. */
  private project(layer: number, module: LinearModule, x: Value): Value {
    const { tape, config, parameter, loraScale } = this.build;
    const path = linearPath(layer, module);
    const bias = hasBias(config, module) ? { bias: parameter(`${path}.bias`) } : {};
    const base = linear(tape, x, parameter(`${path}.weight`), bias);
    if (loraScale === null) return base;
    const inner = linear(tape, x, parameter(loraName(layer, module, 'a')));
    return linear(tape, inner, parameter(loraName(layer, module, 'b')), { addend: base, scale: loraScale });
  }
}

/** cos and sin of position * theta^(-2 i / headDim), [maxPositions, headDim / 2]. */
function rotaryTables({ config, tape }: DecoderBuild): Omit<Rotation, 'positions'> {
  const half = config.headDim / 2;
  const dims = [config.maxPositions, half];
  const angles = Float64Array.from({ length: config.maxPositions * half }, (_unused, index) => {
    const pair = index % half;
    return ((index - pair) / half) * config.ropeTheta ** ((-2 * pair) / config.headDim);
  });
  const table = (name: Name, compute: (angle: number) => number): Name =>
    tape.graph.weight(name, dims, Float32Array.from(angles, compute));
  let negativeSine: Name | null = null;
  return {
    cosine: table('rotary_cosine', Math.cos),
    sine: table('rotary_sine', Math.sin),
    writeNegativeSine: () => (negativeSine ??= table('rotary_negative_sine', (angle) => -Math.sin(angle))),
  };
}
