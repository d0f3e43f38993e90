/** Choices of the data generator: the same seed gives the same data set on every machine. */
import { Random } from '../../src/lm/random.js';

export class Chooser extends Random {
  /** @param wordPieces of which words in no list are made up; with none, they are made of the words in the lists. */
  constructor(
    seed: number,
    readonly wordPieces: readonly string[] = [],
  ) {
    super(seed);
  }

  /** Uniform whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('cannot pick from an empty list');
    return item;
  }

  /** Picks an entry with the probability of its share; shares need not add up to 1. */
  weighted<Item>(entries: readonly (readonly [item: Item, share: number])[]): Item {
    let left = this.uniform() * entries.reduce((sum, [, share]) => sum + share, 0);
    for (const [item, share] of entries) {
      left -= share;
      if (left < 0) return item;
    }
    return this.pick(entries)[0];
  }
}

/** In an order of its own for each seed. */
export function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const chooser = new Chooser(seed);
  return items
    .map((item) => ({ item, order: chooser.uniform() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
