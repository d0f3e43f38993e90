/** The paths through a program that are followed at once. */
import type { CMachine, Flowing } from './machine.js';
import type { State } from './memory.js';

/** Paths that are followed at once. */
const MAX_PATHS = 12;
/** … and that differ in nothing that the analysis tells apart. */
const MAX_ALIKE = 3;

export const newFlowing = (): Flowing => ({ next: [], breaks: [], continues: [], returns: [], gotos: [] });

/** Adds all but what goes on. */
export function addExits(to: Flowing, from: Flowing): void {
  to.breaks.push(...from.breaks);
  to.continues.push(...from.continues);
  to.returns.push(...from.returns);
  to.gotos.push(...from.gotos);
}

/** Values that are compared in the time of one step. */
const CELLS_PER_STEP = 1;

/** Few enough paths: those that are alike become one. */
export function limitPaths(machine: CMachine, states: readonly State[]): State[] {
  if (states.length <= MAX_ALIKE) return [...states];
  const groups = new Map<string, State[]>();
  for (const state of states) {
    const signature = state.signature();
    const group = groups.get(signature) ?? [];
    if (group.length < (machine.isTired ? 1 : MAX_ALIKE)) group.push(state);
    else machine.spend((group.at(-1)?.join(state, () => machine.nextId()) ?? 0) / CELLS_PER_STEP);
    groups.set(signature, group);
  }
  return [...groups.values()].flat().slice(0, MAX_PATHS);
}
