/** Features of a text's words, for linear models over words. */

/** Longer words also count by their beginning, which their other forms share. */
export const STEM_LENGTH = 5;

/** The words, their beginnings (`steal*`), neighbours (`my boss`), and pairs with one word between them (`read _ mail`), from the beginning `^` to the end `$`. */
export function wordPairs(words: readonly string[]): Set<string> {
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
