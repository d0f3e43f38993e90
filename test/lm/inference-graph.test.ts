import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { groupsOf } from '../../src/lm/decoder.js';
import { buildInferenceGraph, causalMask } from '../../src/lm/inference-graph.js';
import { loraFeeds, zeroAdapter } from '../../src/lm/lora.js';
import type { DecoderConfig } from '../../src/lm/model-config.js';
import { createSession, float32, int64, type Feeds, type Session, type Tensor } from '../../src/lm/runtime.js';
import { referenceLogits, toFloat64, type Parameters64 } from '../support/reference-decoder.js';
import { randomIds, tinyAdapter, tinyConfig, tinyQwen3, tinyWeights } from '../support/tiny-decoder.js';

/** What the cache of one sequence holds: per layer keys and values of `length` rows, [kvHeads, length, headDim] each. */
interface Cache {
  readonly length: number;
  readonly rows: Readonly<Record<string, Float32Array>>;
}

const EMPTY: Cache = { length: 0, rows: {} };
const TOLERANCE = 1e-4;

/** Runs one step for several sequences with S new tokens each; returns logits per sequence and the grown caches. */
async function step(
  model: { session: Session; config: DecoderConfig; lora?: Feeds },
  sequences: readonly { readonly ids: readonly number[]; readonly cache: Cache }[],
): Promise<{ logits: Float32Array[]; caches: Cache[] }> {
  const { config } = model;
  const size = sequences.length;
  const newLength = sequences[0]?.ids.length ?? 0;
  const pastLength = Math.max(1, ...sequences.map(({ cache }) => cache.length));
  const positions = sequences.flatMap(({ ids, cache }) => ids.map((_id, index) => BigInt(cache.length + index)));
  const mask = new Float32Array(size * pastLength).fill(-1e9);
  sequences.forEach(({ cache }, row) => mask.fill(0, row * pastLength, row * pastLength + cache.length));
  const feeds: Record<string, Tensor> = {
    input_ids: int64(BigInt64Array.from(sequences.flatMap(({ ids }) => ids.map(BigInt))), [size, newLength]),
    positions: int64(BigInt64Array.from(positions), [size, newLength]),
    past_mask: float32(mask, [size, 1, 1, pastLength]),
    new_mask: causalMask(newLength, groupsOf(config)),
    ...model.lora,
  };
  const names = Array.from({ length: config.layers }, (_unused, layer) => [`key.${layer}`, `value.${layer}`]).flat();
  for (const name of names)
    feeds[`past_${name}`] = float32(
      packPast(
        config,
        sequences.map(({ cache }) => cache),
        { name, pastLength },
      ),
      [size, config.kvHeads, pastLength, config.headDim],
    );
  const outputs = await model.session.run(feeds);
  const logits = outputs['logits']?.data ?? new Float32Array();
  const width = logits.length / size;
  return {
    logits: sequences.map((_sequence, row) => logits.slice(row * width, (row + 1) * width)),
    caches: sequences.map(({ cache }, row) => ({
      length: cache.length + newLength,
      rows: Object.fromEntries(
        names.map((name) => {
          const added = outputs[`new_${name}`]?.data ?? new Float32Array();
          const perRow = added.length / size;
          return [name, appendRows(config, cache.rows[name], added.slice(row * perRow, (row + 1) * perRow))];
        }),
      ),
    })),
  };
}

/** Garbage lies beyond the length of a sequence, as in a reused slot. */
function packPast(
  config: DecoderConfig,
  caches: readonly Cache[],
  { name, pastLength }: { name: string; pastLength: number },
): Float32Array {
  const packed = new Float32Array(caches.length * config.kvHeads * pastLength * config.headDim).fill(777);
  caches.forEach(({ rows, length }, row) => {
    for (let head = 0; head < config.kvHeads; head += 1) {
      const from = rows[name]?.subarray(head * length * config.headDim, (head + 1) * length * config.headDim);
      packed.set(from ?? [], (row * config.kvHeads + head) * pastLength * config.headDim);
    }
  });
  return packed;
}

function appendRows(config: DecoderConfig, old: Float32Array | undefined, added: Float32Array): Float32Array {
  const oldSize = (old?.length ?? 0) / config.kvHeads;
  const addedSize = added.length / config.kvHeads;
  const joined = new Float32Array((oldSize + addedSize) * config.kvHeads);
  for (let head = 0; head < config.kvHeads; head += 1) {
    joined.set(old?.subarray(head * oldSize, (head + 1) * oldSize) ?? [], head * (oldSize + addedSize));
    joined.set(added.subarray(head * addedSize, (head + 1) * addedSize), head * (oldSize + addedSize) + oldSize);
  }
  return joined;
}

function assertClose(actual: ArrayLike<number> | undefined, expected: ArrayLike<number> | undefined): void {
  assert.ok(actual !== undefined && expected !== undefined);
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < expected.length; index += 1) {
    const difference = Math.abs((actual[index] ?? NaN) - (expected[index] ?? NaN));
    assert.ok(difference <= TOLERANCE, `element ${index}: ${actual[index]} instead of ${expected[index]}`);
  }
}

const argmax = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((best, value, index, all) => (value > (all[best] ?? -Infinity) ? index : best), 0);

const variants: readonly [string, DecoderConfig][] = [
  ['Qwen2: biases, tied embeddings, grouped heads', tinyConfig],
  ['Llama: no biases, own output matrix', { ...tinyConfig, attentionBias: false, tiedEmbeddings: false }],
  ['Qwen3: norms on queries and keys', tinyQwen3],
  ['one key/value head for each head', { ...tinyConfig, kvHeads: 4 }],
  ['one key/value head for all, and heads wider than hidden / heads', { ...tinyConfig, kvHeads: 1, headDim: 6 }],
];

for (const [name, config] of variants)
  describe(`inference graph, ${name}`, () => {
    const weights = tinyWeights(config, 1);
    const reference = { config, parameters: toFloat64(weights), loraScale: null };
    const options = { threads: 1, spinning: false };
    let model: { session: Session; config: DecoderConfig };
    before(async () => {
      model = {
        config,
        session: await createSession(buildInferenceGraph(config, weights, { loraRank: null }).bytes, options),
      };
    });
    after(() => model.session.release());

    test('decoding with a cache picks the tokens, and computes the logits, of full recomputation', async () => {
      const ids = randomIds(config, 5, 2);
      let { logits, caches } = await step(model, [{ ids, cache: EMPTY }]);
      for (let count = 0; count < 12; count += 1) {
        const expected = referenceLogits(reference, ids).at(-1) ?? [];
        assertClose(logits[0], expected);
        const next = argmax(logits[0] ?? []);
        assert.equal(next, argmax(expected));
        ids.push(next);
        ({ logits, caches } = await step(model, [{ ids: [next], cache: caches[0] ?? EMPTY }]));
      }
    });

    test('a prompt in chunks gives the logits of the prompt in one go', async () => {
      const ids = randomIds(config, 17, 3);
      const whole = await step(model, [{ ids, cache: EMPTY }]);
      let chunked = await step(model, [{ ids: ids.slice(0, 7), cache: EMPTY }]);
      for (const chunk of [ids.slice(7, 8), ids.slice(8, 17)])
        chunked = await step(model, [{ ids: chunk, cache: chunked.caches[0] ?? EMPTY }]);
      assertClose(chunked.logits[0], whole.logits[0]);
      assertClose(chunked.logits[0], referenceLogits(reference, ids).at(-1));
    });

    test('sequences of different lengths decode together as each alone', async () => {
      const prompts = [3, 11, 1, 6].map((length, index) => randomIds(config, length, 10 + index));
      const caches: Cache[] = [];
      for (const ids of prompts) caches.push((await step(model, [{ ids, cache: EMPTY }])).caches[0] ?? EMPTY);
      const together = await step(
        model,
        caches.map((cache, index) => ({ ids: [index + 1], cache })),
      );
      for (const [index, ids] of prompts.entries())
        assertClose(together.logits[index], referenceLogits(reference, [...ids, index + 1]).at(-1));
    });
  });

describe('inference graph with an adapter', () => {
  const weights = tinyWeights(tinyConfig, 1);
  const ids = randomIds(tinyConfig, 9, 4);
  let session: Session;
  before(async () => {
    const graph = buildInferenceGraph(tinyConfig, weights, { loraRank: 3, logits: 'all' });
    session = await createSession(graph.bytes, { threads: 1, spinning: false });
  });
  after(() => session.release());

  const allLogits = async (lora: Feeds): Promise<Float32Array | undefined> =>
    (await step({ session, config: tinyConfig, lora }, [{ ids, cache: EMPTY }])).logits[0];
  const expected = (parameters: Parameters64, loraScale: number | null): number[] =>
    referenceLogits({ config: tinyConfig, parameters, loraScale }, ids).flatMap((row) => [...row]);

  test('the zero adapter is the base model, at all positions', async () => {
    assertClose(await allLogits(loraFeeds(zeroAdapter(tinyConfig, 3, 6))), expected(toFloat64(weights), null));
  });

  test('an adapter is added with alpha / rank, and swapping it needs no new session', async () => {
    const adapter = tinyAdapter(tinyConfig, 5);
    const parameters = new Map([...toFloat64(weights), ...toFloat64(adapter.tensors)]);
    const withAdapter = expected(parameters, adapter.alpha / adapter.rank);
    assertClose(await allLogits(loraFeeds(adapter)), withAdapter);
    const base = expected(toFloat64(weights), null);
    assert.ok(withAdapter.some((value, index) => Math.abs(value - (base[index] ?? 0)) > 0.1));
  });
});

test('a graph is refused when a weight is missing or has another shape', () => {
  const weights = tinyWeights(tinyConfig, 1);
  const build = (): unknown => buildInferenceGraph(tinyConfig, weights, { loraRank: null });
  weights.set('model.norm.weight', { shape: [3], data: new Float32Array(3) });
  assert.throws(build, { code: 'model_unusable', message: /model\.norm\.weight is \[3\], expected \[12\]/ });
  weights.delete('model.norm.weight');
  assert.throws(build, { code: 'model_unusable', message: /model\.norm\.weight is missing/ });
});

test('the graph names the inputs and outputs that the engine feeds and reads', () => {
  const graph = buildInferenceGraph({ ...tinyConfig, layers: 1 }, tinyWeights(tinyConfig, 1), { loraRank: 2 });
  assert.deepEqual(graph.outputs, ['logits', 'new_key.0', 'new_value.0']);
  assert.deepEqual(graph.inputs.slice(0, 6), [
    'input_ids',
    'positions',
    'past_mask',
    'new_mask',
    'past_key.0',
    'past_value.0',
  ]);
  assert.equal(graph.inputs.length, 6 + 14);
});
