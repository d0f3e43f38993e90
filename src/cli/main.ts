#!/usr/bin/env node
/** `purpgate <command>`: finds the command, runs it, and turns whatever it throws into one line and an exit code. */
import { PurpgateError, toPurpgateError } from '../errors.js';
import type { Command } from './command.js';

interface Entry {
  readonly summary: string;
  /** Whether it goes on when nobody reads its output any more. */
  readonly unheard?: 'goes on';
  /** Loaded when it is run: `purpgate scan` must not pay for a database client. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
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
  guard: { summary: 'Judge prompts.', load: async () => (await import('../guard/command.js')).guardCommand },
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
    summary: 'Create, list and revoke API keys.',
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

function help(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: purpgate <command> [options]\n\nCommands:\n${lines.join('\n')}\n\n\`purpgate <command> --help\` tells more. Settings are environment variables: docs/configuration.md.\n`;
}

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const entry = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that left (`purpgate scan … | head`) is no failure of ours; what serves requests has others who listen.
    if (entry?.unheard !== 'goes on') process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  process.stderr.on('error', () => undefined);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help());
    return name === undefined ? 2 : 0;
  }
  if (entry === undefined) {
    process.stderr.write(`purpgate: there is no command "${name}"\n\n${help()}`);
    return 2;
  }
  const stop = new AbortController();
  const onSignal = () => {
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const command = await entry.load();
    return await command(rest, {
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      signal: stop.signal,
    });
  } catch (thrown) {
    process.stderr.write(`purpgate: ${describe(thrown)}\n`);
    return 1;
  }
}

/** One line for a person: of our own errors what a caller may read, and the cause that the operator of this machine needs. */
function describe(thrown: unknown): string {
  if (isUsageError(thrown)) return `${thrown.message}\nTry --help.`;
  const error = toPurpgateError(thrown);
  const detail = error.message === error.publicMessage ? '' : ` (${error.message})`;
  return `${error.publicMessage}${detail}`.replace(/\s*\n\s*/g, ' ');
}

/** node:util's parseArgs throws TypeErrors with these codes; their text names the option at fault. */
function isUsageError(thrown: unknown): thrown is Error {
  return (
    thrown instanceof TypeError &&
    !(thrown instanceof PurpgateError) &&
    'code' in thrown &&
    String(thrown.code).startsWith('ERR_PARSE_ARGS')
  );
}

process.exitCode = await run(process.argv.slice(2));
