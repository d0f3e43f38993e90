/** `purpgate start | serve | score`: runs roles until a signal comes. */
import { createServer } from 'node:net';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config.js';
import { keyFile, readRunFile } from '../data-folder.js';
import { PurpgateError } from '../errors.js';
import { type Instance, type Role, startInstance } from '../main.js';
import { createLogger } from '../telemetry.js';
import type { Command, CommandIo } from './command.js';
import { TIME_HELP } from './sample-options.js';

/** Ctrl-C promises an end within 5 s; what has not stopped by then is left to the supervisors, which end with this process. */
const STOP_DEADLINE_MS = 4500;

const HELP: Readonly<Record<'start' | Role, string>> = {
  start: `Usage: purpgate start

Runs gateway, guard, engine and scorer in this process and its children, with an embedded PostgreSQL unless DATABASE_URL names a server.
Settings are environment variables, such as PORT, HOST, PURPGATE_DATA, DATABASE_URL, UPSTREAM_URL (docs/configuration.md).
Where ENGINES_FILE or POLICIES_FILE is set, SIGHUP reads both again.
`,
  serve: `Usage: purpgate serve

Runs the gateway: http, guard, engine, interaction log. \`purpgate score\` beside it scores what it logs.
Settings are environment variables (docs/configuration.md).
`,
  score: `Usage:
  purpgate score
  purpgate score --replay [--since TIME] [--until TIME] [--kind KIND]

Runs the scorer: reads the interaction log, scores answers, writes rewards. Needs DATABASE_URL, or a running \`purpgate serve\` on the same
PURPGATE_DATA.

With --replay it scores again what other oracles than those of now have scored, and ends. The older scores stay; exports and training take
the newest. What is done is done: stopped at any moment, the same command goes on.
  --since, --until   time of the request, from and before: ${TIME_HELP}
  --kind KIND        only what was scored as code, malicious, security_question or general
`,
};

export const startCommand: Command = (args, io) => run('start', new Set<Role>(['serve', 'score']), { args, io });
export const serveCommand: Command = (args, io) => run('serve', new Set<Role>(['serve']), { args, io });
export const scoreCommand: Command = async (args, io) =>
  args.includes('--replay') && !args.includes('--help') && !args.includes('-h')
    ? (await import('./replay.js')).replayCommand(args, io)
    : run('score', new Set<Role>(['score']), { args: args.filter((argument) => argument !== '--replay'), io });

async function run(
  name: 'start' | Role,
  roles: ReadonlySet<Role>,
  { args, io }: { readonly args: readonly string[]; readonly io: CommandIo },
): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    io.stdout.write(HELP[name]);
    return 0;
  }
  const config = roles.has('serve') ? loadConfig() : await configOfScorer(loadConfig());
  const logger = createLogger(config.logLevel);
  if (roles.has('serve')) await refuseTakenPort(config);
  const startedAt = performance.now();
  const instance = await startInstance(config, roles, { logger, signal: io.signal });
  io.stdout.write(banner(instance, config, (performance.now() - startedAt) / 1000));
  const onHangUp = () => {
    // What came of it is in the log.
    instance.reload?.('SIGHUP').catch(() => undefined);
  };
  // Elsewhere it ends the process, as a terminal that is closed means it.
  if (config.enginesFile !== null || config.policiesFile !== null) process.on('SIGHUP', onHangUp);
  try {
    await Promise.race([instance.failed, aborted(io.signal)]);
  } finally {
    process.off('SIGHUP', onHangUp);
    io.stdout.write('\nstopping…\n');
    await stopInTime(instance);
  }
  return 0;
}

async function configOfScorer(config: Config): Promise<Config> {
  if (config.databaseUrl !== null) return config;
  const run = await readRunFile(config.dataFolder);
  if (run !== null) return Object.freeze({ ...config, databaseUrl: run.databaseUrl });
  throw new PurpgateError('database_unavailable', {
    publicMessage: `DATABASE_URL is not set and no purpgate runs on ${config.dataFolder}. Set it, or run \`purpgate serve\` first.`,
  });
}

/** Said at once, before a database is started for nothing. The listener itself reports it again if somebody is faster. */
async function refuseTakenPort({ host, port }: Config): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen({ host, port }, resolve);
    });
  } catch (thrown) {
    const reason = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new PurpgateError('port_unavailable', {
      publicMessage:
        reason === 'EADDRINUSE'
          ? `PORT: port ${port} of ${host} is in use. Set PORT to another port, or stop what listens there.`
          : `PORT, HOST: ${host}:${port} cannot be listened on (${reason}). Set HOST and PORT to an address of this machine.`,
      cause: thrown,
    });
  }
  await new Promise((resolve) => probe.close(resolve));
}

function banner(instance: Instance, config: Config, seconds: number): string {
  const ready = `purpgate is ready (${seconds.toFixed(1)} s).\n`;
  if (instance.url === null || instance.model === null) return ready;
  const version = instance.model.version === null ? '' : ` (${instance.model.version})`;
  const file = keyFile(config.dataFolder, 'client');
  const nearby = relative(process.cwd(), file);
  const key = nearby.startsWith('..') ? file : nearby;
  return `${ready}
  API      ${instance.url}/v1   docs: ${instance.url}/docs
  Admin    ${instance.adminUrl ?? ''}   metrics: ${instance.adminUrl ?? ''}/metrics
  Model    ${instance.model.id}${version}
  Data     ${config.dataFolder}

Try it:
  curl ${instance.url}/v1/chat/completions \\
    -H "Authorization: Bearer $(cat ${key})" \\
    -H 'Content-Type: application/json' \\
    -d '{"model": "${instance.model.id}", "messages": [{"role": "user", "content": "Write a Python function find_user that looks up a user by name in SQLite."}]}'

Ctrl-C stops everything.
`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

async function stopInTime(instance: Instance): Promise<void> {
  const deadline = setTimeout(() => {
    process.stderr.write('purpgate: not everything stopped in time; ending it now\n');
    process.exit(1);
  }, STOP_DEADLINE_MS);
  await instance.stop();
  clearTimeout(deadline);
}
