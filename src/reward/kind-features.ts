/** What the learned part of `kind.ts` sees of a request: which words it has, and which stand next to each other or one apart. */

/** Words that are read; what is wanted is said in fewer. */
const MOST_WORDS = 400;
/** Longer words also count by their beginning, which their other forms share. */
const STEM_LENGTH = 5;

const WORD = /[a-z][a-z']*(?:[_0-9][a-z0-9_]*)?(?:\(\))?|\d+/g;

/**
 * Each feature once: words in lower case, their beginnings (`steal*`), neighbours (`my boss`), and pairs with one word between them
 * (`read _ mail`), from the beginning `^` to the end `$`. Names of code and numbers are told by their form alone.
 */
export function featuresOf(text: string): ReadonlySet<string> {
  const words = (text.toLowerCase().match(WORD) ?? []).slice(0, MOST_WORDS).map(formOf);
  const features = new Set<string>();
  let [beforeLast, last] = ['^', '^'];
  for (const word of [...words, '$']) {
    features.add(word);
    if (word.length > STEM_LENGTH) features.add(`${word.slice(0, STEM_LENGTH)}*`);
    features.add(`${last} ${word}`);
    features.add(`${beforeLast} _ ${word}`);
    [beforeLast, last] = [last, word];
  }
  return features;
}

function formOf(word: string): string {
  if (/^\d/.test(word)) return '<number>';
  return /[_(0-9]/.test(word) ? '<name>' : word;
}
