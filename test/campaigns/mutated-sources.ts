/**
 * The code scanner on damaged sources of every language that it reads in depth: cuts, repetitions, foreign halves, brackets and quotes where
 * none belong. No scan may throw, none may take longer than the deadline that it has when it serves, and memory must not grow.
 *
 *   node dist/test/campaigns/mutated-sources.js [cases per language] [seed] [language]
 */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Analyser } from '../../src/guard/code/scan.js';
import { Random } from '../../src/lm/random.js';
import { C_DATA_PAIRS } from '../guard/code/c-data-pairs.js';
import { C_MEMORY_PAIRS } from '../guard/code/c-memory-pairs.js';
import { GO_PAIRS } from '../guard/code/go-pairs.js';
import { SAFE_GO } from '../guard/code/go-safe-programs.js';
import { JAVA_PAIRS } from '../guard/code/java-pairs.js';
import { SAFE_JAVA } from '../guard/code/java-safe-programs.js';
import { JAVASCRIPT_DATA_PAIRS } from '../guard/code/javascript-data-pairs.js';
import { JAVASCRIPT_PAIRS } from '../guard/code/javascript-pairs.js';
import { SAFE_PROGRAMS } from '../guard/code/javascript-safe-programs.js';
import { JAVASCRIPT_USE_PAIRS } from '../guard/code/javascript-use-pairs.js';
import { PHP_PAIRS } from '../guard/code/php-pairs.js';
import { SAFE_PHP } from '../guard/code/php-safe-programs.js';
import { PAIRS as PYTHON_PAIRS } from '../guard/code/python-pairs.js';

const [cases = 100_000, seed = 1] = process.argv.slice(2, 4).map(Number);
const [, , , , only] = process.argv;
/** Of a scan while it serves. */
const DEADLINE_MS = 2_000;
/** Of resident memory, over what the first half of the cases has left. */
const MOST_GROWTH = 1.3;

const script = [...JAVASCRIPT_PAIRS, ...JAVASCRIPT_DATA_PAIRS, ...JAVASCRIPT_USE_PAIRS]
  .flatMap(({ vulnerable, safe }) => [vulnerable, safe])
  .concat(SAFE_PROGRAMS.map(({ code }) => code));
const c = [...C_DATA_PAIRS, ...C_MEMORY_PAIRS].flatMap(({ vulnerable, safe }) => [vulnerable, safe]);
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  python: PYTHON_PAIRS.flatMap(({ vulnerable, safe }) => [vulnerable, safe]),
  javascript: script,
  typescript: script,
  c,
  cpp: c,
  php: PHP_PAIRS.flatMap(({ vulnerable, safe }) => [vulnerable, safe]).concat(SAFE_PHP.map(({ code }) => code)),
  go: GO_PAIRS.flatMap(({ vulnerable, safe }) => [vulnerable, safe]).concat(SAFE_GO.map(({ code }) => code)),
  java: JAVA_PAIRS.flatMap(({ vulnerable, safe }) => [vulnerable, safe]).concat(SAFE_JAVA.map(({ code }) => code)),
};
const PIECES = [
  ...[
    '`',
    '${',
    '}',
    '(',
    ')',
    '[',
    ']',
    '=>',
    '/',
    '"',
    "'",
    '"""',
    '/*',
    '*/',
    '//',
    '#',
    '<',
    '>',
    '@',
    '=',
    ';',
    ':',
    '\\',
  ],
  ...[
    '\n',
    '\n    ',
    '\t',
    '\0',
    '\ud800',
    '\u2028',
    'async ',
    'await ',
    'class ',
    'def ',
    'function* ',
    'lambda ',
    'import ',
    '#define f(x) ',
    '#define i i + 1\n',
    '* ',
    '&',
    'free(p);',
    'while (1) {',
    '...',
    '?.',
  ],
];

function damaged(texts: readonly string[], random: Random): string {
  const below = (count: number): number => Math.floor(count * random.uniform());
  const pick = <Item>(items: readonly Item[], fallback: Item): Item => items[below(items.length)] ?? fallback;
  let text = pick(texts, '');
  for (let left = 1 + below(6); left > 0; left -= 1) {
    const at = below(text.length + 1);
    const piece = pick(PIECES, '');
    const other = pick(texts, '');
    const changed = [
      () => text.slice(0, at) + text.slice(at + below(40)),
      () => text.slice(0, at) + piece + text.slice(at),
      () => text.slice(0, at) + piece.repeat(1 + below(60)) + text.slice(at),
      () => text.slice(0, at) + other.slice(below(other.length)),
      () => text.slice(0, at),
    ];
    text = pick(changed, () => text)();
  }
  return text;
}

const analyser = new Analyser();
await analyser.warm();
for (const [language, texts] of Object.entries(SOURCES)) {
  if (only !== undefined && language !== only) continue;
  const random = new Random(seed);
  let [slowest, characters, settled] = [0, 0, 0];
  const started = performance.now();
  for (let number = 0; number < cases; number += 1) {
    const code = damaged(texts, random);
    const began = performance.now();
    try {
      await analyser.scan(code, language);
    } catch (cause) {
      throw new Error(`case ${number} of seed ${seed}: ${language} ${JSON.stringify(code)}`, { cause });
    }
    const took = performance.now() - began;
    assert.ok(took < DEADLINE_MS, `case ${number} of seed ${seed} took ${took.toFixed(0)} ms: ${JSON.stringify(code)}`);
    slowest = Math.max(slowest, took);
    characters += code.length;
    if (number === Math.floor(cases / 2)) settled = process.memoryUsage.rss();
    // So that timers and the collector have their turn.
    if (number % 1000 === 0) await pause(1);
  }
  const growth = process.memoryUsage.rss() / settled;
  const perKilobyte = (performance.now() - started) / (characters / 1024);
  console.log(
    JSON.stringify({
      language,
      cases,
      seed,
      slowest: Math.round(slowest),
      millisecondsPerKB: perKilobyte.toFixed(2),
      memoryGrowth: growth.toFixed(2),
    }),
  );
  assert.ok(growth < MOST_GROWTH, `memory grew to ${growth.toFixed(2)} times`);
}
