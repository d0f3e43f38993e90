/** For each Python rule, code that it must flag and code that does the same job safely and that no rule of that CWE may flag. */
import { DATA_PAIRS } from './python-data-pairs.js';
import { TEXT_PAIRS } from './python-text-pairs.js';
import { USE_PAIRS } from './python-use-pairs.js';

export interface Pair {
  readonly rule: string;
  readonly vulnerable: string;
  readonly safe: string;
}

export const PAIRS: readonly Pair[] = [...DATA_PAIRS, ...USE_PAIRS, ...TEXT_PAIRS];
