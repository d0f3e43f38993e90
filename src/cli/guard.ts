/** `purpgate guard`, and what stands behind it. */
import { guardCommand as judgeCommand } from '../guard/command.js';
import type { Command } from './command.js';
import { withDatabase } from './database-commands.js';
import { guardReplayCommand } from './guard-replay.js';

export const guardCommand: Command = (args, io) =>
  args[0] === 'replay' ? withDatabase((open) => guardReplayCommand(args.slice(1), io, open)) : judgeCommand(args, io);
