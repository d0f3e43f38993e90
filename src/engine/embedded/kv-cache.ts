/**
 * Keys and values of running sequences. A slab holds rows of one capacity, side by side, so that its first B rows are the `past` of a
 * decode step without a copy; the graph returns only what is new, and `write` puts it in place. No gaps: the last row fills one.
 */
import { float32, type FloatTensor, type Tensor } from '../../lm/runtime.js';

export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Added to an attention score, it leaves a weight of exactly 0. */
const MASKED = -1e9;

/** Capacities are powers of two from this one, so that sequences of like length share a slab. */
const LEAST_CAPACITY = 128;

/** The capacity, in tokens, of the slab for a sequence of `length` tokens. */
export function capacityFor(length: number): number {
  let capacity = LEAST_CAPACITY;
  while (capacity < length) capacity *= 2;
  return capacity;
}

/** Bytes that one token takes in float32. */
export function bytesPerToken({ layers, kvHeads, headDim }: CacheShape): number {
  return layers * kvHeads * headDim * 2 * Float32Array.BYTES_PER_ELEMENT;
}

interface Row<Owner> {
  readonly owner: Owner;
  /** Tokens written. */
  length: number;
}

/** What a run of the graph returns for the cache, by output name: `new_key.{layer}` and `new_value.{layer}`, [B, kvHeads, S, headDim]. */
export type NewRows = Readonly<Record<string, FloatTensor>>;

export class KvSlab<Owner> {
  readonly #shape: CacheShape;
  /** Per layer: keys, then values, [allocated, kvHeads, capacity, headDim]. */
  #data: Float32Array[];
  /** [allocated, capacity]: 0 where a token is, MASKED elsewhere. */
  #mask_RP: Float32Array;
  #allocated = 1;
  readonly #rows: Row<Owner>[] = [];
  /** The feeds of the last call, reused while the rows stay the same in number. */
  #feeds: { readonly rows: number; readonly tensors: Record<string, Tensor> } | null = null;

  constructor(
    shape: CacheShape,
    /** Tokens per row. */
    readonly capacity: number,
  ) {
    this.#shape = shape;
    this.#data = this.#allocate();
    this.#mask_RP = new Float32Array(capacity);
  }

  get size(): number {
    return this.#rows.length;
  }

  owner(row: number): Owner {
    return this.#row(row).owner;
  }

  length(row: number): number {
    return this.#row(row).length;
  }

  rowOf(owner: Owner): number {
    return this.#rows.findIndex((row) => row.owner === owner);
  }

  /** Appends an empty row. */
  add(owner: Owner): number {
    if (this.#rows.length === this.#allocated) this.#grow();
    const row = this.#rows.push({ owner, length: 0 }) - 1;
    this.#mask_RP.fill(MASKED, row * this.capacity, (row + 1) * this.capacity);
    return row;
  }

  /** Appends a row with what `row` of another slab holds. */
  addCopy(owner: Owner, from: KvSlab<unknown>, row: number): void {
    this.#copy(this.add(owner), from, row);
  }

  /** The last row takes the place of the removed one. */
  remove(row: number): void {
    const last = this.#rows.length - 1;
    if (row !== last) {
      this.#rows[row] = { owner: this.owner(last), length: 0 };
      this.#mask_RP.fill(MASKED, row * this.capacity, (row + 1) * this.capacity);
      this.#copy(row, this, last);
    }
    this.#rows.pop();
  }

  /** Inputs of the graph for the first `rows` rows; views, not copies. */
  feeds(rows: number): Record<string, Tensor> {
    if (this.#feeds?.rows === rows) return this.#feeds.tensors;
    const { kvHeads, headDim } = this.#shape;
    const tensors: Record<string, Tensor> = {
      past_mask: float32(this.#mask_RP.subarray(0, rows * this.capacity), [rows, 1, 1, this.capacity]),
    };
    const dims = [rows, kvHeads, this.capacity, headDim];
    for (const [index, array] of this.#data.entries())
      tensors[pastName(index)] = float32(array.subarray(0, rows * this.#rowSize), dims);
    this.#feeds = { rows, tensors };
    return tensors;
  }

  /** Writes entry `source` of a run's new keys and values, `tokens` of them, behind what `row` holds. */
  write(row: number, { outputs, source, tokens }: { outputs: NewRows; source: number; tokens: number }): void {
    const { kvHeads, headDim } = this.#shape;
    const target = this.#row(row);
    const start = target.length;
    for (const [index, array] of this.#data.entries()) {
      const output = outputs[newName(index)];
      if (output === undefined) throw new Error(`the graph returned no ${newName(index)}`);
      for (let head = 0; head < kvHeads; head++) {
        let from = (source * kvHeads + head) * tokens * headDim;
        let to = (row * kvHeads + head) * this.capacity * headDim + start * headDim;
        // A loop: for one token it is faster than a view per head.
        for (const end = from + tokens * headDim; from < end; from++, to++) array[to] = output.data[from] ?? 0;
      }
    }
    target.length += tokens;
    this.#mask_RP.fill(0, row * this.capacity + start, row * this.capacity + target.length);
  }

  get #rowSize(): number {
    return this.#shape.kvHeads * this.capacity * this.#shape.headDim;
  }

  #row(row: number): Row<Owner> {
    const found = this.#rows[row];
    if (found === undefined) throw new RangeError(`row ${row} of ${this.#rows.length}`);
    return found;
  }

  #copy(to: number, source: KvSlab<unknown>, from: number): void {
    const { kvHeads, headDim } = this.#shape;
    const length = source.length(from);
    for (const [index, array] of this.#data.entries())
      for (let head = 0; head < kvHeads; head++) {
        const start = (from * kvHeads + head) * source.capacity * headDim;
        const part = source.#data[index]?.subarray(start, start + length * headDim);
        if (part !== undefined) array.set(part, (to * kvHeads + head) * this.capacity * headDim);
      }
    this.#row(to).length = length;
    this.#mask_RP.fill(0, to * this.capacity, to * this.capacity + length);
  }

  #grow(): void {
    this.#allocated *= 2;
    this.#feeds = null;
    const old = { data: this.#data, mask_RP: this.#mask_RP };
    this.#data = this.#allocate();
    for (const [index, array] of this.#data.entries()) array.set(old.data[index] ?? []);
    this.#mask_RP = new Float32Array(this.#allocated * this.capacity);
    this.#mask_RP.set(old.mask_RP);
  }

  #allocate(): Float32Array[] {
    return Array.from({ length: this.#shape.layers * 2 }, () => new Float32Array(this.#allocated * this.#rowSize));
  }
}

/** Keys have even places, values odd ones. */
function pastName(index: number): string {
  return `past_${index % 2 === 0 ? 'key' : 'value'}.${index >> 1}`;
}

function newName(index: number): string {
  return `new_${index % 2 === 0 ? 'key' : 'value'}.${index >> 1}`;
}
