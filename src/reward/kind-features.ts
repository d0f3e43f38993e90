/** What the learned part of `kind.ts` sees of a request: which words it has, and which stand next to each other or one apart. */
import { wordPairs } from '../text/word-pairs.js';

/** Words that are read; what is wanted is said in fewer. */
const MOST_WORDS = 400;

const WORD = /[a-z][a-z']*(?:[_0-9][a-z0-9_]*)?(?:\(\))?|\d+/g;

/** Each feature of `wordPairs` once, over the words in lower case. Names of code and numbers are told by their form alone. */
export function featuresOf(text: string): ReadonlySet<string> {
  return wordPairs((text.toLowerCase().match(WORD) ?? []).slice(0, MOST_WORDS).map(formOf));
}

function formOf(word: string): string {
  if (/^\d/.test(word)) return '<number>';
  return /[_(0-9]/.test(word) ? '<name>' : word;
}
