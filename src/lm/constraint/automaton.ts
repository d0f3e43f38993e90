/**
 * Reads bytes against a grammar. A position is a set of stacks, as many as there are ways to have read what came so far; stacks share their
 * lower frames, and equal stacks are one object. Sets become states, and the step from a state by a byte is worked out once: where a grammar
 * does not nest, this ends as a finite automaton, built only as far as it is used.
 */
import { finiteNodes, type Grammar } from './grammar.js';

/** More states than this, and those that nobody holds are forgotten. */
const MOST_STATES = 4096;

/** A node, and what follows it. `count`: parts of a sequence, or repetitions, that are behind. */
interface Frame {
  readonly number: number;
  readonly node: Grammar;
  readonly count: number;
  /** Null at the bottom. */
  readonly below: Frame | null;
}

export class State {
  /** By byte; null where the grammar does not allow it, undefined where that is not known yet. */
  readonly next: (State | null | undefined)[] = [];
  /** By the frames that allow the byte, one bit each: bytes that the same frames allow lead to the same state. */
  readonly nextByFrames = new Map<number, State>();

  constructor(
    /** The bytes that may come, each with what follows. */
    readonly frames: readonly Frame[],
    /** Whether what came so far is complete. */
    readonly isComplete: boolean,
  ) {}
}

export class Automaton {
  readonly #finite: ReadonlySet<Grammar>;
  readonly #numbers = new Map<Grammar, number>();
  readonly #frames = new Map<string, Frame>();
  readonly #states = new Map<string, State>();
  #lastFrame = 0;
  /** Null where the grammar allows no text at all. */
  readonly start: State | null;

  constructor(grammar: Grammar) {
    this.#finite = finiteNodes(grammar);
    this.start = this.#finite.has(grammar) ? this.#state([{ node: grammar, count: 0, below: null }]) : null;
  }

  step(state: State, byte: number): State | null {
    const known = state.next[byte];
    if (known !== undefined) return known;
    const next = this.#stepAnew(state, byte);
    state.next[byte] = next;
    return next;
  }

  #stepAnew({ frames, nextByFrames }: State, byte: number): State | null {
    const taken: (Frame | null)[] = [];
    let bits = 0;
    for (const [index, { node, below }] of frames.entries())
      if (node.type === 'byte' && node.allows[byte] === 1) {
        taken.push(below);
        bits |= 1 << index;
      }
    if (taken.length === 0) return null;
    const known = frames.length > 32 ? undefined : nextByFrames.get(bits);
    if (known !== undefined) return known;
    const next = this.#state(taken);
    nextByFrames.set(bits, next);
    return next;
  }

  /** Keeps memory bounded. States in use stay valid; what they lead to is worked out anew. */
  forgetIfLarge(): void {
    if (this.#states.size <= MOST_STATES) return;
    for (const state of this.#states.values()) {
      state.next.length = 0;
      state.nextByFrames.clear();
    }
    this.#states.clear();
    this.#frames.clear();
  }

  /** Unfolds nodes until each stack has a byte on top. */
  #state(stacks: readonly (Pick<Frame, 'node' | 'count' | 'below'> | null)[]): State {
    const work = [...stacks];
    const seen = new Set<Frame>();
    const tops = new Set<Frame>();
    let isComplete = false;
    while (work.length > 0) {
      const top = work.pop() ?? null;
      if (top === null) {
        isComplete = true;
        continue;
      }
      if (!this.#finite.has(top.node)) continue;
      if (top.node.type === 'byte') tops.add(this.#frame(top));
      else if (top.node.type === 'sequence') work.push(this.#continued(top, top.node));
      else {
        // Recursion that reads nothing, and ways that meet again, would unfold for ever or twice.
        const frame = this.#frame(top);
        if (!seen.has(frame)) work.push(...this.#unfold(frame));
        seen.add(frame);
      }
    }
    const frames = [...tops].sort((a, b) => a.number - b.number);
    const key = `${String(isComplete)} ${frames.map(({ number }) => number).join()}`;
    return this.#kept(this.#states, key, () => new State(frames, isComplete));
  }

  #continued({ count, below }: Pick<Frame, 'count' | 'below'>, node: Grammar & { type: 'sequence' }) {
    const part = node.parts[count];
    if (part === undefined) return below;
    const rest = count + 1 < node.parts.length ? this.#frame({ node, count: count + 1, below }) : below;
    return { node: part, count: 0, below: rest };
  }

  #unfold({ node, count, below }: Frame): (Pick<Frame, 'node' | 'count' | 'below'> | null)[] {
    switch (node.type) {
      case 'byte':
      case 'sequence':
        return [];
      case 'choice':
        return node.options.map((option) => ({ node: option, count: 0, below }));
      case 'rule':
        return [{ node: node.body, count: 0, below }];
      case 'repeat': {
        const { part, least, most } = node;
        const stacks = count >= least ? [below] : [];
        // Where there is no upper bound, repetitions beyond the lower one are all alike.
        const behind = most === Infinity ? Math.min(count + 1, least) : count + 1;
        if (count >= most) return stacks;
        return [...stacks, { node: part, count: 0, below: this.#frame({ node, count: behind, below }) }];
      }
    }
  }

  #frame({ node, count, below }: Pick<Frame, 'node' | 'count' | 'below'>): Frame {
    let number = this.#numbers.get(node);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(node, number);
    }
    const key = `${number} ${count} ${below?.number ?? ''}`;
    return this.#kept(this.#frames, key, () => ({ number: ++this.#lastFrame, node, count, below }));
  }

  #kept<Value>(values: Map<string, Value>, key: string, create: () => Value): Value {
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = create();
    values.set(key, value);
    return value;
  }
}
