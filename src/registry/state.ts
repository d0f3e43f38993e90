/** The life of a version, as a closed table of what may follow what. */
import type { VersionState } from '../types.js';

/**
 * - `candidate`: published by the trainer, not yet judged;
 * - `evaluated`: the evaluation suites have run, whatever they said;
 * - `canary`: serves a share of its pool;
 * - `live`: serves its pool;
 * - `retired`: no longer wanted, and may be made live again, which is what a rollback of its successor does;
 * - `rolled-back`: found harmful while it served; it never serves again.
 */
const LEGAL = [
  ['candidate', 'evaluated'],
  ['candidate', 'retired'],
  ['evaluated', 'canary'],
  ['evaluated', 'live'],
  ['evaluated', 'retired'],
  ['canary', 'live'],
  ['canary', 'retired'],
  ['canary', 'rolled-back'],
  ['live', 'retired'],
  ['live', 'rolled-back'],
  ['retired', 'live'],
] as const satisfies readonly (readonly [VersionState, VersionState])[];

export type Transition = (typeof LEGAL)[number];

/** The transition between two states; null when it is not legal. */
export function nextState(from: VersionState, to: VersionState): Transition | null {
  return LEGAL.find((transition) => transition[0] === from && transition[1] === to) ?? null;
}

/** Every state, in the order of a life. */
export const VERSION_STATES = [
  'candidate',
  'evaluated',
  'canary',
  'live',
  'retired',
  'rolled-back',
] as const satisfies readonly VersionState[];
