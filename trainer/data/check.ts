/** Tests in Python for the solutions of a task. Slots are those of its code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.js';
import type { PythonCheck } from '../../src/reward/sandbox.js';
import { fill, type Slots } from './grammar.js';

export interface Check {
  /** Files of trainer/data/checks, without their suffix, that are run before everything else, in this order. */
  readonly doubles?: readonly string[];
  /** Runs before the solution, such as what puts a double in the place of a library. */
  readonly setup?: string;
  /** Raises unless the solution does the task. Calls it as `target`, which is the function, whatever its name. */
  readonly functional: string;
  /** Raises unless the solution stands an attack; in a process of its own, after `setup` and the solution. */
  readonly security?: string;
}

const texts = new Map<string, string>();

function doublesText(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(join(packageRoot, 'trainer', 'data', 'checks', `${name}.py`), 'utf8');
  texts.set(name, text);
  return text;
}

/** The check of one prompt, ready to be run. */
export function fillCheck({ doubles = [], setup = '', functional, security }: Check, slots: Slots): PythonCheck {
  return {
    setup: [...['common', ...doubles].map(doublesText), fill(setup, slots)].join('\n'),
    functional: fill(functional, slots),
    security: security === undefined ? null : fill(security, slots),
  };
}
