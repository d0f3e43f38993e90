/** Finds the terms of the lexicon in text: one pass over the words, a constant number of look-ups for each. */
import { LEXICON, type Class } from './lexicon.js';

interface Phrase {
  /** Words behind the first; the last may be a stem. */
  readonly rest: readonly string[];
  readonly hasStem: boolean;
  readonly class: Class;
}

/** Phrases by their first word, and stems of single words. */
const PHRASES = new Map<string, Phrase[]>();
const STEMS = new Map<string, Class[]>();

for (const [name, terms] of Object.entries(LEXICON) as [Class, readonly string[]][])
  for (const term of terms) {
    const hasStem = term.endsWith('*');
    const [first = '', ...rest] = wordsOf(hasStem ? term.slice(0, -1) : term);
    if (hasStem && rest.length === 0) STEMS.set(first, [...(STEMS.get(first) ?? []), name]);
    else PHRASES.set(first, [...(PHRASES.get(first) ?? []), { rest, hasStem, class: name }]);
  }

const SHORTEST_STEM = Math.min(...[...STEMS.keys()].map((stem) => stem.length));
const LONGEST_STEM = Math.max(...[...STEMS.keys()].map((stem) => stem.length));

export function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu)?.map((word) => word.replaceAll('’', "'")) ?? [];
}

/** Classes that mean the opposite behind a word such as `not` or `prevent`. */
const ATTACK: ReadonlySet<Class> = new Set<Class>([
  'weapon',
  'attackName',
  'attackVerb',
  'attackNoun',
  'stealth',
  'harm',
]);
const WARDS =
  /^(?:not|never|no|don't|doesn't|shouldn't|isn't|block|blocks|blocking|prevent\w*|detect|detects|detecting|protect\w*|mitigat\w*|defend\w*|against|deny|denies|stop|stopping|counter\w*|withstand|resist|remove|removing|recogni[sz]\w*|report|avoid|fight\w*|associated)$/;
/** Words between the ward and what it wards off. */
const WARD_REACH = 4;

/** How often each class occurs; a phrase counts once for its class wherever it begins. */
export function countClasses(words: readonly string[]): Map<Class, number> {
  const counts = new Map<Class, number>();
  let warded = -WARD_REACH - 1;
  let position = 0;
  const count = (name: Class): void => {
    const effective = ATTACK.has(name) && position - warded <= WARD_REACH ? 'wardedOff' : name;
    counts.set(effective, (counts.get(effective) ?? 0) + 1);
  };
  for (const [at, word] of words.entries()) {
    const { isWard, phrases, stems } = termsOf(word);
    position = at;
    if (isWard) warded = at;
    for (const phrase of phrases) if (follows(words, at + 1, phrase)) count(phrase.class);
    for (const name of stems) count(name);
  }
  return counts;
}

interface WordTerms {
  readonly isWard: boolean;
  /** Phrases that begin with the word. */
  readonly phrases: readonly Phrase[];
  /** Classes of the stems that the word begins with. */
  readonly stems: readonly Class[];
}

/** The same few words are most of any text. */
const known = new Map<string, WordTerms>();
const MOST_KNOWN = 10_000;
const LONGEST_KNOWN = 40;

function termsOf(word: string): WordTerms {
  const found = known.get(word);
  if (found !== undefined) return found;
  const stems: Class[] = [];
  for (let length = SHORTEST_STEM; length <= Math.min(LONGEST_STEM, word.length); length += 1)
    stems.push(...(STEMS.get(word.slice(0, length)) ?? []));
  const terms = { isWard: WARDS.test(word), phrases: PHRASES.get(word) ?? [], stems };
  if (known.size >= MOST_KNOWN) known.clear();
  if (word.length <= LONGEST_KNOWN) known.set(word, terms);
  return terms;
}

function follows(words: readonly string[], from: number, { rest, hasStem }: Phrase): boolean {
  return rest.every((expected, index) => {
    const word = words[from + index];
    return word === expected || (hasStem && index === rest.length - 1 && word?.startsWith(expected) === true);
  });
}
