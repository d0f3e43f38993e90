/** The commands of `purpgate`. */
import type { Command } from './command.js';

export interface Entry {
  readonly summary: string;
  /** Whether it goes on when nobody reads its output any more. */
  readonly unheard?: 'goes on';
  /** Loaded when it is run: `purpgate scan` must not pay for a database client. */
  readonly load: () => Promise<Command>;
}

export const COMMANDS: Readonly<Record<string, Entry>> = {
  start: {
    summary: 'Run everything on this machine: gateway, guard, engine, scorer, PostgreSQL.',
    unheard: 'goes on',
    load: async () => (await import('./start.js')).startCommand,
  },
  serve: {
    summary: 'Run the gateway.',
    unheard: 'goes on',
    load: async () => (await import('./start.js')).serveCommand,
  },
  score: {
    summary: 'Run the reward scorer.',
    unheard: 'goes on',
    load: async () => (await import('./start.js')).scoreCommand,
  },
  train: {
    summary: 'Train a policy.',
    unheard: 'goes on',
    load: async () => (await import('../../trainer/command.js')).trainCommand,
  },
  demo: {
    summary: 'Watch it serve, learn from its traffic, and swap in what it has learned.',
    load: async () => (await import('./demo.js')).demoCommand,
  },
  connect: {
    summary: 'Set up a coding assistant.',
    load: async () => (await import('./connect.js')).connectCommand,
  },
  eval: { summary: 'Evaluate a model on held-out prompts.', load: async () => (await import('./eval.js')).evalCommand },
  scan: {
    summary: 'Scan code for weaknesses.',
    load: async () => (await import('../guard/code/command.js')).scanCommand,
  },
  guard: {
    summary: 'Judge prompts, and show what another policy would change.',
    load: async () => (await import('./guard.js')).guardCommand,
  },
  reward: { summary: 'Score answers.', load: async () => (await import('../reward/command.js')).rewardCommand },
  export: {
    summary: 'Write scored samples as files for other trainers.',
    load: async () => (await import('./database-commands.js')).exportCommand,
  },
  erase: {
    summary: 'Erase what a user said.',
    load: async () => (await import('./database-commands.js')).eraseCommand,
  },
  keys: {
    summary: 'Create, list and revoke API keys, and set their budgets.',
    load: async () => (await import('./database-commands.js')).keysCommand,
  },
  versions: {
    summary: 'List and show versions of the policy, promote them and roll them back.',
    load: async () => (await import('./database-commands.js')).versionsCommand,
  },
  audit: {
    summary: 'Show what admins did.',
    load: async () => (await import('./database-commands.js')).auditCommand,
  },
  config: {
    summary: 'Check the settings before a start.',
    load: async () => (await import('./config.js')).configCommand,
  },
  migrate: {
    summary: 'Bring the database schema up to date.',
    load: async () => (await import('./database-commands.js')).migrateCommand,
  },
};
