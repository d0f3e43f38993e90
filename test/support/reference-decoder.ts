/**
 * The decoder in float64 and plain loops, written from the model papers and sharing no code with src/lm: the truth that graphs and
 * gradients are measured against. One sequence at a time, no cache.
 */
import type { DecoderConfig } from '../../src/lm/model-config.js';
import type { Weights } from '../../src/lm/safetensors.js';

type Vector = Float64Array<ArrayBuffer>;
export type Parameters64 = ReadonlyMap<string, Vector>;

export const toFloat64 = (weights: Weights): Map<string, Vector> =>
  new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));

/** A model, and an adapter whose B is multiplied by `loraScale`; tensors of both are in `parameters`. */
export interface ReferenceModel {
  readonly config: DecoderConfig;
  readonly parameters: Parameters64;
  readonly loraScale: number | null;
}

/** logits[t][v] of predicting what follows ids[t]. */
export function referenceLogits(model: ReferenceModel, ids: readonly number[]): Vector[] {
  const { config } = model;
  const embedding = tensor(model, 'model.embed_tokens.weight');
  let stream = ids.map((id) => embedding.slice(id * config.hidden, (id + 1) * config.hidden));
  for (let layer = 0; layer < config.layers; layer += 1) {
    const prefix = `model.layers.${layer}`;
    const attended = attend(
      model,
      layer,
      stream.map((x) => norm(model, `${prefix}.input_layernorm.weight`, x)),
    );
    stream = stream.map((x, t) => sum(x, attended[t]));
    stream = stream.map((x) =>
      sum(x, feedForward(model, layer, norm(model, `${prefix}.post_attention_layernorm.weight`, x))),
    );
  }
  const head = tensor(model, config.tiedEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight');
  return stream.map((x) => multiply(head, norm(model, 'model.norm.weight', x)));
}

/** Natural logarithm of the probability of each target; targets[t] follows ids[t]. */
export function referenceLogprobs(model: ReferenceModel, ids: readonly number[], targets: readonly number[]): number[] {
  return referenceLogits(model, ids).map((logits, t) => {
    const highest = Math.max(...logits);
    const total = logits.reduce((accumulated, logit) => accumulated + Math.exp(logit - highest), 0);
    return at(logits, targets[t] ?? 0) - highest - Math.log(total);
  });
}

function attend(model: ReferenceModel, layer: number, inputs: readonly Vector[]): Vector[] {
  const { heads, kvHeads, headDim } = model.config;
  const turned = (module: 'q' | 'k'): Vector[] =>
    inputs.map((x, t) => {
      const projected = project(model, layer, `self_attn.${module}_proj`, x);
      return turn(model, t, normHeads(model, `model.layers.${layer}.self_attn.${module}_norm.weight`, projected));
    });
  const queries = turned('q');
  const keys = turned('k');
  const values = inputs.map((x) => project(model, layer, 'self_attn.v_proj', x));
  return queries.map((query, t) => {
    const output = new Float64Array(heads * headDim);
    for (let head = 0; head < heads; head += 1) {
      const own = head * headDim;
      const shared = Math.floor((head * kvHeads) / heads) * headDim;
      const scores = keys.slice(0, t + 1).map((key) => {
        let dot = 0;
        for (let e = 0; e < headDim; e += 1) dot += at(query, own + e) * at(key, shared + e);
        return Math.exp(dot / Math.sqrt(headDim));
      });
      const total = scores.reduce((accumulated, score) => accumulated + score, 0);
      scores.forEach((score, s) => {
        const value = values[s];
        for (let e = 0; e < headDim; e += 1)
          output[own + e] = at(output, own + e) + (score / total) * at(value, shared + e);
      });
    }
    return project(model, layer, 'self_attn.o_proj', output);
  });
}

/** Each head of its own, where the config asks for it. */
function normHeads(model: ReferenceModel, name: string, x: Vector): Vector {
  if (model.config.queryKeyNorm !== true) return x;
  const { headDim } = model.config;
  const normed = x.slice();
  for (let start = 0; start < x.length; start += headDim)
    normed.set(norm(model, name, x.slice(start, start + headDim)), start);
  return normed;
}

/** Element e and element e + headDim/2 of each head turn by position / theta^(2 e / headDim). */
function turn({ config }: ReferenceModel, position: number, x: Vector): Vector {
  const half = config.headDim / 2;
  return x.map((value, index) => {
    const e = index % config.headDim;
    const angle = position / config.ropeTheta ** ((2 * (e % half)) / config.headDim);
    const partner = e < half ? -at(x, index + half) : at(x, index - half);
    return value * Math.cos(angle) + partner * Math.sin(angle);
  });
}

function feedForward(model: ReferenceModel, layer: number, x: Vector): Vector {
  const gate = project(model, layer, 'mlp.gate_proj', x);
  const up = project(model, layer, 'mlp.up_proj', x);
  const gated = gate.map((value, index) => (value / (1 + Math.exp(-value))) * at(up, index));
  return project(model, layer, 'mlp.down_proj', gated);
}

function project(model: ReferenceModel, layer: number, path: string, x: Vector): Vector {
  const name = `model.layers.${layer}.${path}`;
  let result = multiply(tensor(model, `${name}.weight`), x);
  const bias = model.parameters.get(`${name}.bias`);
  if (bias !== undefined) result = sum(result, bias);
  if (model.loraScale === null) return result;
  const module = path.replace(/^.*\./, '').replace('_proj', '');
  const inner = multiply(tensor(model, `lora.${layer}.${module}.a`), x);
  const scale = model.loraScale;
  return sum(
    result,
    multiply(tensor(model, `lora.${layer}.${module}.b`), inner).map((value) => value * scale),
  );
}

function norm(model: ReferenceModel, name: string, x: Vector): Vector {
  const weight = tensor(model, name);
  const square = x.reduce((accumulated, value) => accumulated + value * value, 0) / x.length;
  return x.map((value, index) => (value / Math.sqrt(square + model.config.rmsNormEpsilon)) * at(weight, index));
}

/** W x, W [out, in]. */
function multiply(matrix: Vector, x: Vector): Vector {
  const width = x.length;
  const result = new Float64Array(matrix.length / width);
  for (let row = 0; row < result.length; row += 1) {
    let dot = 0;
    for (let column = 0; column < width; column += 1) dot += at(matrix, row * width + column) * at(x, column);
    result[row] = dot;
  }
  return result;
}

const sum = (x: Vector, y: Vector | undefined): Vector => x.map((value, index) => value + at(y, index));

const at = (x: Vector | undefined, index: number): number => x?.[index] ?? NaN;

function tensor(model: ReferenceModel, name: string): Vector {
  const found = model.parameters.get(name);
  if (found === undefined) throw new Error(`no parameter ${name}`);
  return found;
}
