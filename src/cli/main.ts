#!/usr/bin/env node
/** `purpgate <command>`: finds the command, runs it, and turns whatever it throws into one line and an exit code. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../config.js';
import { PurpgateError, toPurpgateError } from '../errors.js';
import { COMMANDS } from './commands.js';

function help(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: purpgate <command> [options]\n\nCommands:\n${lines.join('\n')}\n\n\`purpgate <command> --help\` tells more, \`purpgate --version\` which one this is. Settings are environment variables: docs/configuration.md.\n`;
}

async function version(): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as Record<
    'name' | 'version',
    string
  >;
  return `${name} ${version}\n`;
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
  if (name === '--version' || name === '-V') {
    process.stdout.write(await version());
    return 0;
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
