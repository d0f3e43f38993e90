/**
 * Sentences around a task. Slots: `$base`, `$third`, `$gerund` (the task in one verb form), `$f` (function name), `$sig` (its
 * signature). Each list has its own for evaluation.
 */
import type { Side } from './identifiers.js';
import type { Chooser } from './random.js';

const NAMED = [
  'Write a Python function `$f` that $third.',
  'Please write `$sig` in Python. It should $base.',
  'Implement $sig: $base.',
  'Create a function called $f which $third.',
  'I need a function named $f that $third.',
  'Can you write $f for me? It should $base.',
  '$base. The function is called $f.',
  '$base, the function is called $f',
  '$base with a function named `$f`',
  '$sig should $base, please implement it in Python',
  'Could you help me code $f? The function $third.',
  'python function $f to $base',
  'My project needs `$f`, a routine that $third.',
  'write $sig, it $third',
  'write a function $sig that $third',
  'Write `$sig`. It $third.',
  'Complete this:\n```python\ndef $sig:\n    """$base"""\n```',
  'def $sig:  # $base',
  'Write the body of `$sig`; it $third.',
  'We are missing a helper $f. It $third.',
  'Name it $f: a function that $third.',
  'Function: $f. Task: $base.',
  'I want to $base. Call the function $f.',
  'please implement `$sig`, it should $base',
  'Create `$f`, it must $base.',
  'how would $sig look if it should $base?',
  'Can you implement `$sig` so that it $third?',
  'Define $f, which $third.',
  'need $f in python: $base',
  'Show me how to write $f in Python if it $third.',
];

const NAMED_HELD_OUT = [
  'I am looking for `$f`, which $third, please program it.',
  'Our code calls $sig to $base. Add it.',
];

const FREE = [
  'Write a Python function that $third.',
  'python code to $base',
  'How do I $base in Python?',
  'how can i $base',
  'how do i $base before i go on?',
  'How would you $base in Python?',
  'what is the best way to $base?',
  '$base in python',
  '$base',
  '$base pls',
  'i need to $base',
  'I want to $base.',
  'Need code to $base.',
  'Can you write me code that $third?',
  'Show me how to $base.',
  'give me a script to $base',
  'i need a python script that $third',
  'Please $base with Python.',
  'python: $base',
  'I need help with $gerund.',
  'Give me an example of $gerund in Python.',
  'code for $gerund',
  'Could you $base?',
  'Can you write me a function that $third?',
  'write code that $third',
  'write a function to $base',
  "I'd like to $base, how does that work?",
  'is there a way to $base?',
  'my script must $base',
  'A user asked me to $base. How?',
  'I have to $base for work, can you help me?',
  'We $base in our app. Write the function.',
  'what would a function look like that $third?',
];

const FREE_HELD_OUT = ['Any chance you could $base for me?', 'Looking for a snippet that $third.'];

const OPENERS =
  'Write|Create|Implement|Code|Build|Make|Program|Develop|Give me|Provide|I need|I want|I would like|We need|Please write|Can you write|Could you write|Can you give me|Help me write|show me|Need|Generate|Draft|Produce|please make|Can you build|Write me|Please create|I am looking for'.split(
    '|',
  );
const SIZES = ['', '', '', 'small ', 'simple ', 'short ', 'little ', 'clean '];
const LANGUAGES = ['', '', 'Python ', 'python '];
const THINGS = [
  'function',
  'function',
  'function',
  'routine',
  'helper',
  'snippet',
  'script',
  'method',
  'program',
  'tool',
];

const PREFIXES =
  'I am building a web shop.|We run a small clinic system.|I am new to Python.|My boss wants this today.|This is for a school project.|Hi!|Hello,|We use Python 3.|I work on an internal tool.|Quick question:|Our app is written in Python.|I am stuck.|This is for our backend.'.split(
    '|',
  );
const PREFIX_HELD_OUT = 'I maintain a small service.';
const SUFFIXES =
  'Keep it short.|Thanks!|A short version is fine.|Use Python 3.|It is for an internal tool.|No explanations please.|Just the code.|thanks|please|It runs on a server.|The input comes from a web form.|Make it readable.|Users can enter anything.'.split(
    '|',
  );

function grammarFrame(chooser: Chooser, named: boolean): string {
  const opener = chooser.pick(OPENERS);
  const size = chooser.pick(SIZES);
  const language = chooser.pick(LANGUAGES);
  const name = named
    ? chooser.pick([' called $f', ' named $f', ' `$f`', ' with the name `$f`', ' $sig', ' `$sig`'])
    : '';
  const task = chooser.pick(['that $third', 'that $third', 'which $third', 'to $base', 'for $gerund']);
  const end = /^(?:Can|Could)/.test(opener) ? '?' : chooser.pick(['.', '', '!', ' please']);
  const determiner = /^[aeiou]/i.test(size + language + 'f') ? 'an ' : 'a ';
  return `${opener} ${determiner}${size}${language}${chooser.pick(THINGS)}${name} ${task}${end}`;
}

/** A frame; `named` ones tell the name of the function. */
export function frame(chooser: Chooser, side: Side, named: boolean): string {
  if (side === 'held-out') return chooser.pick(named ? NAMED_HELD_OUT : FREE_HELD_OUT);
  return chooser.chance(0.45) ? grammarFrame(chooser, named) : chooser.pick(named ? NAMED : FREE);
}

/** Puts other sentences before or behind a request, now and then. */
export function surround(chooser: Chooser, side: Side, request: string): string {
  let text = request;
  if (chooser.chance(0.12)) text = `${side === 'held-out' ? PREFIX_HELD_OUT : chooser.pick(PREFIXES)} ${text}`;
  if (chooser.chance(0.15)) text = `${/[.!?`]$/.test(text) ? text : `${text}.`} ${chooser.pick(SUFFIXES)}`;
  return text;
}

interface FrameTable {
  readonly training: readonly string[];
  readonly heldOut: readonly string[];
}

/** The sentences of both sides, so that it can be checked that no one stands in both. */
export const FRAME_TABLES: readonly FrameTable[] = [
  { training: NAMED, heldOut: NAMED_HELD_OUT },
  { training: FREE, heldOut: FREE_HELD_OUT },
  { training: PREFIXES, heldOut: [PREFIX_HELD_OUT] },
];
