/**
 * Sentences around a task. Slots: `$base`, `$third`, `$gerund` (the task in one verb form), `$f` (function name), `$sig` (its
 * signature). Each list has its own for evaluation.
 */
import { conjugate, fill } from './grammar.js';
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
  'In my module there is a stub `$f`. Fill it so that it $third.',
  'I have to $base. Please give me `$sig` for that.',
  '`$f` is still empty, it should $base',
  "Let's add $sig. It should $base.",
  'write me `$f` which $third and nothing else',
  '$f: $base',
  'I am writing $sig. The idea: $base. Can you finish it?',
  'One more helper please, `$f`. What it does: $base.',
  'Our backend lacks `$sig`. When called it should $base.',
  'make a function $f. it has to $base.',
  'the function should be named $f and $base',
  'Task: $base. Name of the function: $f.',
  'implement the following\n\ndef $sig:\n    # $base\n    ...',
  'Can someone write `$f`? It only has to $base.',
  'I would like to have a $f in my module that $third',
  'Put a $f into helpers.py which $third.',
  'helpers.py needs a $f that $third.',
  'Add the $f to tools.py. It should $base.',
  'we want an $f here, it $third',
  'my class lacks a $f that $third',
  'the file main.py should have a $f, which $third',
  'let there be $f in my script: it $third.',
  'A $f that $third is what I need.',
];

const NAMED_HELD_OUT = [
  'I am looking for `$f`, which $third, please program it.',
  'Our code calls $sig to $base. Add it.',
  'Suppose `$sig` is given the job to $base. What does it contain?',
  'There should be a $f in utils.py that $third.',
  'Ticket 12: as a developer I want `$f` to $base.',
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
  'I wonder how one would $base with Python.',
  'hey, i want to $base, can you write that for me?',
  'Task: $base.',
  'so i need something that $third. can you do that?',
  'We have a small tool that $third. Write that part again, but clean.',
  'I never did this before: how do I $base?',
  'For my project I have to $base. Which code do I need?',
  "i'm trying to $base but it does not work, show me how",
  'show an example that $third',
  'my users want to $base. Please write the function for it.',
  'one function please: $base',
  'python, $base, no comments',
  'Could you show me the code for $gerund?',
  'whats the code to $base',
  'can you $base in python',
  'function to $base',
  'snippet: $base',
  'Explain to me how to $base in Python.',
  'please explain $gerund',
  'Could you explain how i $base?',
  'Describe how to $base.',
  'describe the steps of $gerund',
  'Tell me how one would $base.',
  'tell me what i need in order to $base',
  'Walk me through $gerund.',
  'Which steps does it take to $base?',
  'Suppose I want to $base: how would the code look?',
  'Let us say somebody wants to $base. How would that go?',
  'Assume you have to $base. How?',
  'Imagine that I must $base. What would you do?',
  'Could someone show how to $base?',
  'Outline how to $base.',
  'I was asked how one can $base.',
  'Is it hard to $base?',
  'can Python $base?',
  'I am curious how people $base.',
  'what would it take to $base?',
  'do you know how to $base?',
  'Some explanation of $gerund with code, please.',
  'If I were to $base, what would I do first?',
  'what if I had to $base?',
  'how is it possible to $base?',
  'Give me some ideas how to $base.',
  'The plan is to $base. Help me.',
  'Can we $base?',
  'How does one go about $gerund?',
  'Show the way to $base.',
];

const FREE_HELD_OUT = [
  'Any chance you could $base for me?',
  'On my list for today: $base.',
  'Long story short, we must $base and nobody here knows Python.',
  'Got a routine for $gerund?',
  'The next step of my work is to $base. Go ahead.',
];

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

/** The task in the verb form that the sentence asks for; the name stays a slot. */
export function inFrame(template: string, phrase: string): string {
  return fill(template, {
    base: conjugate(phrase, 'base'),
    third: conjugate(phrase, 'third'),
    gerund: conjugate(phrase, 'gerund'),
    f: '$f',
    sig: '$sig',
  });
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
