import { PHP_DATA_PAIRS } from './php-data-pairs.js';
import { PHP_USE_PAIRS } from './php-use-pairs.js';
import type { Pair } from './javascript-pairs.js';

/** For every PHP rule a vulnerable snippet and its safe twin. */
export const PHP_PAIRS: readonly Pair[] = [...PHP_DATA_PAIRS, ...PHP_USE_PAIRS];
