/** `purpgate eval`: hands the prompts, which training owns, to the evaluation, which may not import it. */
import { handwrittenPrompts } from '../../trainer/data/handwritten.js';
import { heldOutPrompts } from '../../trainer/data/heldout.js';
import { evalCommand as runEval } from '../eval/command.js';
import type { Command } from './command.js';

export const evalCommand: Command = (args, io) =>
  runEval(args, io, {
    'held-out': ({ count, seed }) => heldOutPrompts({ count, seed }),
    handwritten: () => handwrittenPrompts,
  });
