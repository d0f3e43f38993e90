import { GO_DATA_PAIRS } from './go-data-pairs.js';
import { GO_USE_PAIRS } from './go-use-pairs.js';
import type { Pair } from './javascript-pairs.js';

/** For every Go rule a vulnerable snippet and its safe twin. */
export const GO_PAIRS: readonly Pair[] = [...GO_DATA_PAIRS, ...GO_USE_PAIRS];
