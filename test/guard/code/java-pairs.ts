import { JAVA_DATA_PAIRS } from './java-data-pairs.js';
import { JAVA_USE_PAIRS } from './java-use-pairs.js';
import type { Pair } from './javascript-pairs.js';

/** For every Java rule a vulnerable snippet and its safe twin. */
export const JAVA_PAIRS: readonly Pair[] = [...JAVA_DATA_PAIRS, ...JAVA_USE_PAIRS];
