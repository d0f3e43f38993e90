/** Named tensors side by side in one buffer, so that an optimizer is one loop over it. */
import { PurpgateError } from '../errors.js';
import type { Segment } from './optimizer.js';
import { elementCount, type Shape } from './parameters.js';
import type { Weights, WeightTensor } from './safetensors.js';

export class FlatTensors {
  readonly buffer: Float32Array;
  readonly tensors = new Map<string, WeightTensor>();

  constructor(
    readonly shapes: ReadonlyMap<string, Shape>,
    buffer?: Float32Array,
  ) {
    const total = [...shapes.values()].reduce((sum, shape) => sum + elementCount(shape), 0);
    this.buffer = buffer ?? new Float32Array(total);
    let start = 0;
    for (const [name, shape] of shapes) {
      const end = start + elementCount(shape);
      this.tensors.set(name, { shape, data: this.buffer.subarray(start, end) });
      start = end;
    }
  }

  data(name: string): Float32Array {
    return this.tensors.get(name)?.data ?? missing(name);
  }

  copyFrom(source: Weights, prefix = ''): void {
    for (const [name, { data }] of this.tensors) data.set(source.get(prefix + name)?.data ?? missing(name));
  }

  segments(): readonly Segment[] {
    const first = this.buffer.byteOffset;
    return [...this.tensors.values()].map(({ shape, data }) => {
      const start = (data.byteOffset - first) / data.BYTES_PER_ELEMENT;
      return { start, end: start + data.length, decay: shape.length > 1 ? 'decay' : 'no-decay' };
    });
  }
}

export function missing(name: string): never {
  throw new PurpgateError('internal_error', { message: `no tensor ${name}` });
}
