/** A map from small whole numbers that never changes: a changed copy shares all but one path of the tree with the original. */

const BITS = 5;
const WIDTH = 1 << BITS;
const MASK = WIDTH - 1;

type Node<Item> = readonly (Node<Item> | Item | undefined)[];

export class IntMap<Item extends object> {
  private constructor(
    private readonly root: Node<Item>,
    /** Levels of nodes above the items' own. */
    private readonly height: number,
  ) {}

  static empty<Item extends object>(): IntMap<Item> {
    return new IntMap<Item>([], 0);
  }

  get(key: number): Item | undefined {
    if (key >= WIDTH ** (this.height + 1)) return undefined;
    let node = this.root;
    for (let level = this.height; level > 0; level -= 1) {
      const next = node[(key >>> (level * BITS)) & MASK];
      if (next === undefined) return undefined;
      node = next as Node<Item>;
    }
    return node[key & MASK] as Item | undefined;
  }

  /** @param key from 0 up to 2^30. */
  with(key: number, item: Item | undefined): IntMap<Item> {
    let { root, height } = this;
    for (; key >= WIDTH ** (height + 1); height += 1) root = [root];
    return new IntMap(replaced(root, height, key, item), height);
  }

  entries(): [number, Item][] {
    const found: [number, Item][] = [];
    collect(this.root, { level: this.height, prefix: 0 }, found);
    return found;
  }

  /** The keys whose items are not the same object in both, each with its items. What is shared is not looked at. */
  differences(other: IntMap<Item>): Difference<Item>[] {
    const found: Difference<Item>[] = [];
    const height = Math.max(this.height, other.height);
    compareNodes(this.raised(height), other.raised(height), { level: height, prefix: 0 }, found);
    return found;
  }

  private raised(height: number): Node<Item> {
    let { root } = this;
    for (let level = this.height; level < height; level += 1) root = [root];
    return root;
  }
}

export interface Difference<Item> {
  readonly key: number;
  readonly own: Item | undefined;
  readonly other: Item | undefined;
}

interface Position {
  readonly level: number;
  readonly prefix: number;
}

function collect<Item>(node: Node<Item>, { level, prefix }: Position, found: [number, Item][]): void {
  for (let index = 0; index < node.length; index += 1) {
    const child = node[index];
    if (child === undefined) continue;
    const key = prefix * WIDTH + index;
    if (level === 0) found.push([key, child as Item]);
    else collect(child as Node<Item>, { level: level - 1, prefix: key }, found);
  }
}

function compareNodes<Item>(
  own: Node<Item>,
  other: Node<Item>,
  { level, prefix }: Position,
  found: Difference<Item>[],
): void {
  for (let index = 0; index < Math.max(own.length, other.length); index += 1) {
    const [left, right] = [own[index], other[index]];
    if (left === right) continue;
    const key = prefix * WIDTH + index;
    if (level === 0) found.push({ key, own: left as Item | undefined, other: right as Item | undefined });
    else
      compareNodes((left ?? []) as Node<Item>, (right ?? []) as Node<Item>, { level: level - 1, prefix: key }, found);
  }
}

function replaced<Item>(node: Node<Item>, level: number, key: number, item: Item | undefined): Node<Item> {
  const copy = node.slice();
  const index = (key >>> (level * BITS)) & MASK;
  const child = level === 0 ? item : replaced((copy[index] ?? []) as Node<Item>, level - 1, key, item);
  const isEmpty = level > 0 && (child as Node<Item>).every((inner) => inner === undefined);
  copy[index] = isEmpty ? undefined : child;
  return copy;
}
