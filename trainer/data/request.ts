/** From a task of a table to the words of a user and the values of its slots. */
import { frame, inFrame, surround } from './frames.js';
import { fill, plural, slotsOf, type Slots } from './grammar.js';
import { argumentName, field, functionName, noun } from './identifiers.js';
import { blurred, slip } from './noise.js';
import type { Chooser } from './random.js';
import { phrasingsOf, type Split, type TaskTest } from './sample.js';
import type { Check } from './check.js';

/** What scenarios and harmless tasks have in common. */
interface Requestable {
  readonly id: string;
  readonly parameters: string;
  readonly argument: readonly string[];
  readonly name: string;
  readonly slots?: Readonly<Record<string, readonly string[]>>;
  readonly phrasings: readonly string[];
  readonly check: Check;
}

interface CodeRequest {
  readonly prompt: string;
  readonly slots: Slots;
  /** Null where the prompt leaves the name open; `slots.f` then has the table's. */
  readonly functionName: string | null;
  readonly test: TaskTest;
}

/** One combination in six is held out. */
const COMBINATIONS_HELD_OUT = 6;

/**
 * Whether a task's own slots, and the column it is about, stand in a combination that training never sees. Names are not part of it:
 * they are open. Everything is held out or nothing is where a task has no slots, so such tasks are on both sides.
 */
export function isHeldOutCombination(task: Requestable, slots: Slots): boolean {
  const own = Object.keys(task.slots ?? {}).map((name) => slots[name] ?? '');
  const values = [...own, ...(slots['field'] === 'name' ? [] : [slots['field'] ?? ''])];
  if (values.length === 0) return false;
  let hash = 2166136261;
  for (const character of [task.id, ...values].join('|'))
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0;
  return hash % COMBINATIONS_HELD_OUT === 0;
}

/** Draws until the combination is of the wanted side; a task that has only one side keeps it. */
const COMBINATION_TRIES = 200;

/**
 * A slot that the prompt does not mention gets a fixed value, so that every word of an answer follows from its prompt.
 */
function subjectSlots(
  chooser: Chooser,
  task: Requestable,
  mentioned: Set<string>,
  split: Split,
): Record<string, string> {
  let slots: Record<string, string> = {};
  for (let tries = 0; tries < COMBINATION_TRIES; tries += 1) {
    slots = drawSlots(chooser, task, mentioned, split);
    if (isHeldOutCombination(task, slots) === (split.combinations === 'held-out')) break;
  }
  return slots;
}

function drawSlots(chooser: Chooser, task: Requestable, mentioned: Set<string>, split: Split): Record<string, string> {
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
  const phrase = blurred(chooser, phrasing, split);
  const named = chooser.chance(0.6);
  const sentence = frame(chooser, split.frames, named);
  const shape = inFrame(sentence, phrase);
  const tellsArgument = task.parameters.includes('$a') && !shape.includes('$a') && chooser.chance(0.12);
  const told = tellsArgument ? `${shape.replace(/[.!?]?$/, '.')} ${chooser.pick(ARGUMENT_NOTES)}` : shape;
  const template = surround(chooser, split.frames, slip(chooser, told));
  const mentioned = slotsOf(template);
  const slots = subjectSlots(chooser, task, slotsOf(phrase), split);
  const usual = task.argument.map((name) => fill(name, slots));
  const free = mentioned.has('a') || (mentioned.has('sig') && task.parameters.includes('$a'));
  const others = new Set(fill(task.parameters, { ...slots, a: '' }).split(/\W+/));
  slots['a'] = free
    ? chooser.chance(0.4)
      ? chooser.pick(usual)
      : argumentName(chooser, others)
    : (usual[0] ?? 'value');
  const asked = mentioned.has('f') || mentioned.has('sig');
  const speaks = split.names === 'train' && chooser.chance(SPEAKING_NAME_SHARE);
  slots['f'] = asked && !speaks ? functionName(chooser, split.names) : fill(task.name, slots);
  slots['sig'] = `${slots['f']}(${fill(task.parameters, slots)})`;
  return {
    prompt: fill(template, slots),
    slots,
    functionName: asked ? slots['f'] : null,
    test: { check: task.check, slots },
  };
}

/** Share of the told names that say what the function does, as users name functions; the others can only be copied. */
const SPEAKING_NAME_SHARE = 0.2;

const ARGUMENT_NOTES = [
  'The argument is called $a.',
  'The parameter is named $a.',
  'It takes $a.',
  'Use $a as the argument.',
  'The input is called $a.',
];
