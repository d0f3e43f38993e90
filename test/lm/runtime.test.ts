import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../src/lm/onnx/graph.js';
import { createSession, float32 } from '../../src/lm/runtime.js';

const options = { threads: 1, spinning: false };

test('a session reads arrays in place and gives fresh outputs, those asked for', async () => {
  const graph = new GraphBuilder();
  graph.input('x', 'float32', ['N']);
  graph.output('double', graph.node('Add', ['x', 'x']), ['N']);
  graph.output('same', 'x', ['N']);
  const session = await createSession(graph.encode(), options);
  const data = Float32Array.of(9, 1, 2).subarray(1);
  const x = float32(data, [2]);
  const first = await session.run({ x }, ['double']);
  assert.deepEqual(first, { double: { data: Float32Array.of(2, 4), dims: [2] } });
  data[0] = 5;
  assert.deepEqual((await session.run({ x }))['same'], { data: Float32Array.of(5, 2), dims: [2] });
  assert.deepEqual(first['double'].data, Float32Array.of(2, 4));
  await session.release();
});

test('what onnxruntime refuses is a PurpgateError', async () => {
  await assert.rejects(createSession(Uint8Array.of(1, 2, 3), options), { code: 'model_unusable' });
  const graph = new GraphBuilder();
  graph.input('x', 'float32', [2]);
  graph.output('y', graph.node('Exp', ['x']), [2]);
  const session = await createSession(graph.encode(), options);
  await assert.rejects(session.run({ x: float32(new Float32Array(3), [3]) }), { code: 'internal_error' });
  await session.release();
});
