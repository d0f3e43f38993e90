/** Sentences of answers whose role is known, made from the templates beside this file. */
import type { SentenceExample, SentenceRole } from '../../refusal-learning.js';
import { Chooser, shuffled } from '../random.js';
import { isTemplate, readTemplates } from '../templates.js';

const TEMPLATES = readTemplates('refusals');
/** Of a sentence that stands as it is, against one that is made of a template. */
const WHOLE_WEIGHT = 5;

/** That the speaker lacks eyes or data gives nothing, and declines nothing. */
const SECTIONS: readonly (readonly [section: string, role: SentenceRole])[] = [
  ['declines', 'declines'],
  ['gives', 'gives'],
  ['around', 'around'],
  ['unable', 'around'],
];

export interface SentenceSource {
  readonly section: string;
  readonly role: SentenceRole;
  readonly line: string;
}

/** In an order of the seed's. */
export function sentenceSources(seed: number): SentenceSource[] {
  const all = SECTIONS.flatMap(([section, role]) =>
    TEMPLATES.linesOf(section).map((line) => ({ section, role, line })),
  );
  return shuffled(all, seed);
}

/** @param count sentences per template. The same sources, seed and count give the same examples. */
export function sentencesOf(
  sources: readonly SentenceSource[],
  { seed, count }: { readonly seed: number; readonly count: number },
): SentenceExample[] {
  const chooser = new Chooser(seed);
  return sources.flatMap(({ role, line }): SentenceExample[] =>
    isTemplate(line)
      ? Array.from({ length: count }, () => ({ text: TEMPLATES.expand(chooser, line), role, weight: 1 }))
      : [{ text: TEMPLATES.expand(chooser, line), role, weight: WHOLE_WEIGHT }],
  );
}
