/**
 * What a program has changed so far: variables, contents of objects, and which data has passed a check. A branch runs on an overlay
 * of its state; where branches meet, their overlays are joined into the state they grew from.
 */
import { type Flow, joinValues, mapFlows, mergeFlows, type Origin, type Value } from './value.js';

/** Contents of a collection or an object. List positions are the keys '0', '1', …; constant keys keep their text. */
interface Contents {
  readonly items: ReadonlyMap<string, Value>;
  /** What sits at unknown positions, joined; null where there is nothing. */
  readonly rest: Value | null;
}

/** `items` beyond this fold into `rest`: copies stay cheap. */
export const MAX_ITEMS = 64;

export const EMPTY: Contents = { items: new Map(), rest: null };

export class State {
  private readonly variables = new Map<string, Value>();
  private readonly contents = new Map<number, Contents>();
  private readonly checked = new Map<Origin, number>();
  /** Set when control has left: return, raise, break. Nothing that follows runs on this state. */
  ended = false;

  constructor(readonly parent: State | null) {}

  variable(key: string): Value | undefined {
    return this.find((state) => state.variables.get(key));
  }

  setVariable(key: string, value: Value): void {
    this.variables.set(key, value);
  }

  contentsOf(reference: number): Contents | undefined {
    return this.find((state) => state.contents.get(reference));
  }

  setContents(reference: number, contents: Contents): void {
    this.contents.set(reference, contents);
  }

  /** Labels for which the data of an origin has passed a check on the way here; a check of the whole covers its elements. */
  checkedMask(origin: Origin): number {
    let mask = 0;
    for (let current: Origin | null = origin; current !== null; current = current.parent) mask |= this.ownMask(current);
    return mask;
  }

  private ownMask(origin: Origin): number {
    return this.find((state) => state.checked.get(origin)) ?? 0;
  }

  check(origin: Origin, mask: number): void {
    this.checked.set(origin, this.ownMask(origin) | mask);
  }

  /** The newest that this state or one it grew from knows. */
  private find<Found>(read: (state: State) => Found | undefined): Found | undefined {
    const own = read(this);
    if (own !== undefined) return own;
    for (let state = this.parent; state !== null; state = state.parent) {
      const found = read(state);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** This state and those it grew from, newest first, up to and without an end. */
  private layersAbove(isEnd: (state: State) => boolean): State[] {
    const layers: State[] = isEnd(this) ? [] : [this];
    if (layers.length === 0) return layers;
    for (let state = this.parent; state !== null && !isEnd(state); state = state.parent) layers.push(state);
    return layers;
  }

  /** The variables of a scope by their names. */
  variablesOf(scope: number): Map<string, Value> {
    const found = new Map<string, Value>();
    const prefix = `${scope}:`;
    for (const { variables } of this.layersAbove(() => false).reverse())
      for (const [key, value] of variables) if (key.startsWith(prefix)) found.set(key.slice(prefix.length), value);
    return found;
  }

  /** All that was changed since this state left an earlier one, as one overlay of it that later changes do not reach. */
  snapshot(base: State): State {
    const snapshot = new State(base);
    for (const layer of this.layersAbove((state) => state === base).reverse()) snapshot.absorb(layer, null);
    return snapshot;
  }

  /** The checks passed since this state left an earlier one. */
  checksSince(base: State): Map<Origin, number> {
    const checks = new Map<Origin, number>();
    for (const layer of this.layersAbove((state) => state === base))
      for (const [origin, mask] of layer.checked) checks.set(origin, (checks.get(origin) ?? 0) | mask);
    return checks;
  }

  isDangerous(flow: Flow, mask: number): boolean {
    return (flow.cleaned & mask) === 0 && (this.checkedMask(flow.origin) & mask) === 0;
  }

  /** Takes the outcome of alternatives that all began on this state; those that ended do not count. */
  join(alternatives: readonly State[]): void {
    const open = alternatives.filter((state) => !state.ended);
    if (open.length === 0) {
      this.ended = alternatives.length > 0;
      return;
    }
    for (const key of this.keysAbove(open, (state) => state.variables)) {
      const values = open.flatMap((state) => {
        const value = state.variable(key);
        return value === undefined ? [] : [state.withChecks(value)];
      });
      this.variables.set(key, joinValues(values));
    }
    for (const key of this.keysAbove(open, (state) => state.contents))
      this.contents.set(key, joinContents(open.map((state) => state.contentsOf(key) ?? EMPTY)));
    for (const key of this.keysAbove(open, (state) => state.checked))
      this.checked.set(
        key,
        open.reduce((mask, state) => mask & state.ownMask(key), -1),
      );
  }

  /** The value with what its data has been checked for written into its flows, for use where the checks do not hold. */
  withChecks(value: Value): Value {
    return mapFlows(value, (flow) => {
      const cleaned = flow.cleaned | this.checkedMask(flow.origin);
      return cleaned === flow.cleaned ? flow : { ...flow, cleaned };
    });
  }

  /** What the alternatives changed since they left this state, whatever overlays they went through. */
  private keysAbove<Key>(alternatives: readonly State[], map: (state: State) => ReadonlyMap<Key, unknown>): Set<Key> {
    const shared = new Set(this.layersAbove(() => false));
    const keys = new Set<Key>();
    for (const alternative of alternatives)
      for (const layer of alternative.layersAbove((state) => shared.has(state)))
        for (const key of map(layer).keys()) keys.add(key);
    return keys;
  }

  /** Takes over the changes of an overlay, but for the variables of a scope that is gone (their keys begin so). */
  absorb(overlay: State, gone: string | null): void {
    for (const [key, value] of overlay.variables)
      if (gone === null || !key.startsWith(gone)) this.variables.set(key, value);
    for (const [key, value] of overlay.contents) this.contents.set(key, value);
    for (const [key, value] of overlay.checked) this.checked.set(key, value);
  }
}

function joinContents(all: readonly Contents[]): Contents {
  const [first, ...others] = all;
  if (first === undefined || others.every((contents) => contents === first)) return first ?? EMPTY;
  const items = new Map<string, Value>();
  for (const key of new Set(all.flatMap((contents) => [...contents.items.keys()]))) {
    const values = all.map((contents) => contents.items.get(key)).filter((value) => value !== undefined);
    items.set(key, joinValues(values));
  }
  const rests = all.map((contents) => contents.rest).filter((rest) => rest !== null);
  return { items, rest: rests.length === 0 ? null : joinValues(rests) };
}

/** Flows of a value and of everything inside it, four levels deep. */
export function allFlows(value: Value, state: State, depth = 4): readonly Flow[] {
  if (depth === 0) return value.flows;
  if (value.options !== undefined)
    return mergeFlows(...value.options.map((option) => allFlows(option, state, depth - 1)));
  const contents = value.reference === undefined ? undefined : state.contentsOf(value.reference);
  if (contents === undefined) return value.flows;
  const inside = [...contents.items.values(), ...(contents.rest ? [contents.rest] : [])];
  return mergeFlows(value.flows, ...inside.map((item) => allFlows(item, state, depth - 1)));
}
