import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { KvSlab, capacityFor, type NewRows } from '../../../src/engine/embedded/kv-cache.js';
import { float32 } from '../../../src/lm/runtime.js';

const shape = { layers: 2, kvHeads: 2, headDim: 3 };

/** Outputs of a run whose every number says whose it is: row, position, layer, key or value, head, dimension. */
function outputsFor(rows: readonly { readonly name: number; readonly start: number }[], tokens: number): NewRows {
  const outputs: Record<string, ReturnType<typeof float32>> = {};
  for (let layer = 0; layer < shape.layers; layer++)
    for (const [kind, label] of ['key', 'value'].entries()) {
      const data: number[] = [];
      for (const { name, start } of rows)
        for (let head = 0; head < shape.kvHeads; head++)
          for (let token = 0; token < tokens; token++)
            for (let dim = 0; dim < shape.headDim; dim++)
              data.push(mark({ name, position: start + token, layer, kind, head, dim }));
      outputs[`new_${label}.${layer}`] = float32(Float32Array.from(data), [
        rows.length,
        shape.kvHeads,
        tokens,
        shape.headDim,
      ]);
    }
  return outputs;
}

interface Place {
  readonly name: number;
  readonly position: number;
  readonly layer: number;
  readonly kind: number;
  readonly head: number;
  readonly dim: number;
}

const mark = ({ name, position, layer, kind, head, dim }: Place): number =>
  name * 10_000 + position * 24 + layer * 12 + kind * 6 + head * 3 + dim;

/** Throws unless the slab feeds exactly the tokens of its rows, each where it belongs. */
function check(slab: KvSlab<number>, lengths: ReadonlyMap<number, number>): void {
  const rows = slab.size;
  if (rows === 0) return;
  const feeds = slab.feeds(rows);
  for (let row = 0; row < rows; row++) {
    const name = slab.owner(row);
    const length = lengths.get(name) ?? -1;
    assert.equal(slab.length(row), length);
    for (let position = 0; position < slab.capacity; position++) {
      assert.equal(
        Number(feeds['past_mask']?.data[row * slab.capacity + position]),
        position < length ? 0 : Math.fround(-1e9),
      );
      if (position >= length) continue;
      for (let layer = 0; layer < shape.layers; layer++)
        for (const [kind, label] of ['key', 'value'].entries())
          for (let head = 0; head < shape.kvHeads; head++)
            for (let dim = 0; dim < shape.headDim; dim++) {
              const at = ((row * shape.kvHeads + head) * slab.capacity + position) * shape.headDim + dim;
              const value = feeds[`past_${label}.${layer}`]?.data[at];
              assert.equal(value, mark({ name, position, layer, kind, head, dim }));
            }
    }
  }
}

describe('KvSlab', () => {
  test('keeps every row whole through any order of joining, writing, copying and leaving', () => {
    const action = fc.oneof(
      {
        arbitrary: fc.record({ type: fc.constant('add' as const), tokens: fc.integer({ min: 1, max: 3 }) }),
        weight: 2,
      },
      { arbitrary: fc.record({ type: fc.constant('decode' as const) }), weight: 3 },
      { arbitrary: fc.record({ type: fc.constant('remove' as const), row: fc.nat(20) }), weight: 1 },
      { arbitrary: fc.record({ type: fc.constant('copy' as const), row: fc.nat(20) }), weight: 1 },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const slab = new KvSlab<number>(shape, 16);
        const lengths = new Map<number, number>();
        let next = 1;
        for (const step of actions) {
          const row = 'row' in step && slab.size > 0 ? step.row % slab.size : -1;
          if (step.type === 'add') {
            const name = next++;
            const added = slab.add(name);
            slab.write(added, {
              outputs: outputsFor([{ name, start: 0 }], step.tokens),
              source: 0,
              tokens: step.tokens,
            });
            lengths.set(name, step.tokens);
          } else if (step.type === 'decode') {
            const rows = Array.from({ length: slab.size }, (_, index) => ({
              name: slab.owner(index),
              start: slab.length(index),
            }));
            if (rows.some(({ start }) => start === slab.capacity)) continue;
            for (const [index, { name, start }] of rows.entries()) {
              slab.write(index, { outputs: outputsFor(rows, 1), source: index, tokens: 1 });
              lengths.set(name, start + 1);
            }
          } else if (row !== -1 && step.type === 'remove') slab.remove(row);
          else if (row !== -1) {
            // Through another slab and back, as a sequence goes that outgrows its slab or is paused.
            const name = slab.owner(row);
            const other = new KvSlab<number>(shape, 32);
            other.addCopy(name, slab, row);
            check(other, lengths);
            slab.remove(row);
            slab.addCopy(name, other, 0);
          }
          check(slab, lengths);
        }
      }),
    );
  });

  test('has capacities that are powers of two', () => {
    assert.deepEqual([1, 128, 129, 1000, 1024, 1025].map(capacityFor), [128, 128, 256, 1024, 1024, 2048]);
  });
});
