/** English verbs in the three forms that the frames need, and slots of templates. */

const DOUBLED = new Set(
  'get set put run stop plan strip ship log scan split trim drop cut map plot grep tag pop skip swap wrap zip unzip spin let grab emit pad sum debug output format flip begin spot tip backup program clip crop submit commit hit sit tap chat slip skim reset spam jam dig mob rip shut fit plug rerun trap unset slam rob fan infer spit forget scrap'.split(
    ' ',
  ),
);

function thirdPerson(verb: string): string {
  if (/(?:s|sh|ch|x|z|o)$/.test(verb)) return `${verb}es`;
  if (/[^aeiou]y$/.test(verb)) return `${verb.slice(0, -1)}ies`;
  return `${verb}s`;
}

export function gerund(verb: string): string {
  if (/[^eoy]e$/.test(verb)) return `${verb.slice(0, -1)}ing`;
  if (DOUBLED.has(verb)) return `${verb}${verb.slice(-1)}ing`;
  return `${verb}ing`;
}

export function plural(noun: string): string {
  if (/(?:s|sh|ch|x|z)$/.test(noun)) return `${noun}es`;
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return `${noun}s`;
}

export type VerbForm = 'base' | 'third' | 'gerund';

/** A phrase whose verbs are marked (`~find a row and ~return it`) in one form. */
export function conjugate(phrase: string, form: VerbForm): string {
  return phrase.replace(/~([a-z]+)/g, (_, verb: string) => {
    if (form === 'third') return thirdPerson(verb);
    return form === 'gerund' ? gerund(verb) : verb;
  });
}

export type Slots = Readonly<Record<string, string>>;

/** Fills `$name` slots; a slot without a value is a defect of the table, so it throws. */
export function fill(template: string, slots: Slots): string {
  return template.replace(/\$([a-z]+)/g, (_, name: string) => {
    const value = slots[name];
    if (value === undefined) throw new RangeError(`no value for slot $${name} in: ${template}`);
    return value;
  });
}

/** Names of the slots that a template uses. */
export function slotsOf(template: string): Set<string> {
  return new Set([...template.matchAll(/\$([a-z]+)/g)].map((match) => match[1] ?? ''));
}

export function article(word: string): string {
  return /^(?:[aeio]|u(?!s|ni))/i.test(word) ? `an ${word}` : `a ${word}`;
}
