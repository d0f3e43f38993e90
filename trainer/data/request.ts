/** From a task of a table to the words of a user and the values of its slots. */
import { frame, surround } from './frames.js';
import { conjugate, fill, plural, slotsOf, type Slots } from './grammar.js';
import { argumentName, field, functionName, noun } from './identifiers.js';
import { reword, slip } from './noise.js';
import type { Chooser } from './random.js';
import { phrasingsOf, type Split } from './sample.js';

/** What scenarios and harmless tasks have in common. */
interface Requestable {
  readonly parameters: string;
  readonly argument: readonly string[];
  readonly name: string;
  readonly slots?: Readonly<Record<string, readonly string[]>>;
  readonly phrasings: readonly string[];
}

interface CodeRequest {
  readonly prompt: string;
  readonly slots: Slots;
  /** Null where the prompt leaves the name open; `slots.f` then has the table's. */
  readonly functionName: string | null;
}

/**
 * A slot that the prompt does not mention gets a fixed value, so that every word of an answer follows from its prompt.
 */
function subjectSlots(
  chooser: Chooser,
  task: Requestable,
  mentioned: Set<string>,
  split: Split,
): Record<string, string> {
  const row = mentioned.has('row') || mentioned.has('rows') ? noun(chooser, split.names) : 'item';
  const slots: Record<string, string> = {
    row,
    rows: plural(row),
    field: mentioned.has('field') ? field(chooser) : 'name',
  };
  for (const [name, choices] of Object.entries(task.slots ?? {})) slots[name] = chooser.pick(choices);
  return slots;
}

export function codeRequest(chooser: Chooser, task: Requestable, split: Split): CodeRequest {
  const phrasing = chooser.pick(phrasingsOf(task.phrasings, split.phrasings));
  const phrase = split.phrasings === 'held-out' ? phrasing : reword(chooser, phrasing);
  const named = chooser.chance(0.6);
  const sentence = frame(chooser, split.frames, named);
  const shape = fill(sentence, {
    base: conjugate(phrase, 'base'),
    third: conjugate(phrase, 'third'),
    gerund: conjugate(phrase, 'gerund'),
    f: '$f',
    sig: '$sig',
  });
  const tellsArgument = task.parameters.includes('$a') && !shape.includes('$a') && chooser.chance(0.12);
  const told = tellsArgument ? `${shape.replace(/[.!?]?$/, '.')} ${chooser.pick(ARGUMENT_NOTES)}` : shape;
  const template = surround(chooser, split.frames, slip(chooser, told));
  const mentioned = slotsOf(template);
  const slots = subjectSlots(chooser, task, slotsOf(phrase), split);
  const usual = task.argument.map((name) => fill(name, slots));
  const free = mentioned.has('a') || (mentioned.has('sig') && task.parameters.includes('$a'));
  slots['a'] = free ? (chooser.chance(0.4) ? chooser.pick(usual) : argumentName(chooser)) : (usual[0] ?? 'value');
  const asked = mentioned.has('f') || mentioned.has('sig');
  slots['f'] = asked ? functionName(chooser, split.names) : fill(task.name, slots);
  slots['sig'] = `${slots['f']}(${fill(task.parameters, slots)})`;
  return { prompt: fill(template, slots), slots, functionName: asked ? slots['f'] : null };
}

const ARGUMENT_NOTES = [
  'The argument is called $a.',
  'The parameter is named $a.',
  'It takes $a.',
  'Use $a as the argument.',
  'The input is called $a.',
];
