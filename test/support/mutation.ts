/** Damage to JSON and to bytes, drawn from a seed. */
import { Random } from '../../src/lm/random.js';

/** Values that parsers have stumbled over; as texts, since `__proto__` is an ordinary field only to JSON.parse. */
const HOSTILE: readonly string[] = [
  'null',
  'true',
  '0',
  '-1',
  '0.5',
  '1e308',
  '9007199254740993',
  '""',
  '"x"',
  '"\\ud800"',
  '"\\u0000\\u2028\\u0085"',
  '"data: [DONE]\\n\\n"',
  '"é日本🙂"',
  '"__proto__"',
  // Short enough that no stream fills the buffer of an injected response, which is never drained.
  JSON.stringify('x'.repeat(500)),
  '[]',
  '[null]',
  '[[[]]]',
  '["text",1,{}]',
  '{}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"type":"text"}',
  '{"type":"function"}',
  '{"toString":1,"length":-1}',
  `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`,
];

const HOSTILE_BYTES: readonly Uint8Array[] = [
  Uint8Array.of(0),
  Uint8Array.of(0xff),
  Uint8Array.of(0xc3),
  Uint8Array.of(0xf0, 0x9f, 0x99),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xef, 0xbb, 0xbf),
  Buffer.from('\n'),
  Buffer.from('\r'),
  Buffer.from('\n\n'),
  Buffer.from('data:'),
  Buffer.from('event: error\n'),
  Buffer.from('data: [DONE]\n\n'),
  Buffer.from('"'),
  Buffer.from('\\'),
  Buffer.from('{"'),
  Buffer.from(']'),
];

type Container = Record<string, unknown> | unknown[];

export class Mutation {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** Whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.random.uniform() * limit);
  }

  chance(share: number): boolean {
    return this.random.uniform() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  hostile(): unknown {
    return JSON.parse(this.pick(HOSTILE));
  }

  /** A copy with up to `most` places replaced, removed, moved or doubled; now and then it is something else altogether. */
  json(value: unknown, most: number): unknown {
    if (this.chance(0.02)) return this.hostile();
    const copy: unknown = structuredClone(value);
    for (let turn = this.below(most + 1); turn > 0; turn -= 1) this.damage(this.pick(containersOf(copy)));
    return copy;
  }

  /** A copy with up to `most` places flipped, cut out, doubled or filled in. */
  bytes(value: Uint8Array, most: number): Uint8Array {
    let bytes = Buffer.from(value);
    for (let turn = this.below(most + 1); turn > 0; turn -= 1) {
      const at = this.below(bytes.length + 1);
      const end = Math.min(bytes.length, at + 1 + this.below(40));
      const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
      bytes = Buffer.concat(
        this.pick([
          [before, after],
          [before, part, part, after],
          [before, this.pick(HOSTILE_BYTES), part, after],
          [before, part.map((byte) => byte ^ (1 << this.below(8))), after],
          [before],
        ]),
      );
    }
    return bytes;
  }

  noise(longest: number): Uint8Array {
    return Uint8Array.from({ length: this.below(longest) }, () => this.below(256));
  }

  /** Pieces that together are the bytes; often single bytes, so that characters are cut through. */
  cut(bytes: Uint8Array): Uint8Array[] {
    const longest = this.pick([1, 3, 17, 200, bytes.length + 1]);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + this.below(longest);
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    return pieces;
  }

  private damage(container: Container | undefined): void {
    if (container === undefined) return;
    if (Array.isArray(container)) {
      const at = this.below(container.length + 1);
      const fill = this.chance(0.5)
        ? [this.hostile()]
        : [structuredClone(container[at]), structuredClone(container[at])];
      container.splice(at, this.below(2), ...fill);
      return;
    }
    const keys = Object.keys(container);
    const key = keys.length === 0 || this.chance(0.1) ? 'unknown_field' : this.pick(keys);
    const kind = this.below(5);
    if (kind === 0) Reflect.deleteProperty(container, key);
    else if (kind === 1) container[key] = structuredClone(container[this.pick([...keys, key])]);
    else container[key] = this.hostile();
  }
}

/** The value and all in it that has places to damage, or nothing; the outer ones first. */
function containersOf(value: unknown): readonly (Container | undefined)[] {
  const found: (Container | undefined)[] = [];
  const waiting = [value];
  for (let next = waiting.pop(); found.length < 500 && next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    found.push(next as Container);
    waiting.push(...(Object.values(next) as unknown[]).filter((inner) => typeof inner === 'object' && inner !== null));
  }
  return found.length === 0 ? [undefined] : found;
}
