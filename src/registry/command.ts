/** `purpgate versions`: lists and shows the versions of the policy. */
import { parseArgs } from 'node:util';
import type { Database } from '../db.js';
import type { Version, VersionName } from '../types.js';
import { createRegistry, type TransitionRecord } from './registry.js';
import { VERSION_STATES } from './state.js';

const HELP = `Usage:
  purpgate versions list [--pool NAME] [--state STATE] [--json]
  purpgate versions show NAME [--json]

list prints a line per version, oldest first; show prints one with its history.
  --pool NAME     only versions that serve this pool
  --state STATE   only ${VERSION_STATES.join(', ')}
  --json          list: a JSON line per version; show: one JSON object with its \`history\`
`;

interface VersionsIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Resolves with the exit code: 0 done, 1 not found, 2 wrong usage. The database is opened only when it is needed. */
export async function versionsCommand(
  args: readonly string[],
  io: VersionsIo,
  openDatabase: () => Promise<Database>,
): Promise<number> {
  let request: Request;
  try {
    request = parse(args);
  } catch (thrown) {
    io.stderr.write(`purpgate versions: ${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${HELP}`);
    return 2;
  }
  switch (request.verb) {
    case 'help':
      io.stdout.write(HELP);
      return 0;
    case 'list':
      return list(request, io, await openDatabase());
    case 'show':
      return show(request, io, await openDatabase());
  }
}

type State = (typeof VERSION_STATES)[number];

interface ListRequest {
  readonly verb: 'list';
  readonly pool?: string;
  readonly state?: State;
  readonly json: boolean;
}

interface ShowRequest {
  readonly verb: 'show';
  readonly name: string;
  readonly json: boolean;
}

type Request = { readonly verb: 'help' } | ListRequest | ShowRequest;

function parse(args: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean', default: false },
      pool: { type: 'string' },
      state: { type: 'string' },
    },
  });
  const { json, pool } = values;
  if (values.help === true) return { verb: 'help' };
  const [verb, name, ...more] = positionals;
  if (verb === 'list' && name === undefined) {
    const state = VERSION_STATES.find((one) => one === values.state);
    if (values.state !== undefined && state === undefined) throw new Error(`there is no state ${values.state}`);
    return { verb, json, ...(pool === undefined ? {} : { pool }), ...(state === undefined ? {} : { state }) };
  }
  if (verb === 'show' && name !== undefined && more.length === 0) return { verb, name, json };
  throw new Error(verb === 'show' ? 'say the name of one version' : 'say list or show');
}

async function list({ json, ...filter }: ListRequest, io: VersionsIo, database: Database): Promise<number> {
  const versions = await createRegistry(database).list(filter);
  for (const version of versions) io.stdout.write(json ? `${JSON.stringify(version)}\n` : `${lineOf(version)}\n`);
  if (versions.length === 0 && !json) io.stdout.write('There is no version.\n');
  return 0;
}

async function show({ name, json }: ShowRequest, io: VersionsIo, database: Database): Promise<number> {
  const registry = createRegistry(database);
  const version = isVersionName(name) ? await registry.get(name) : null;
  if (version === null) {
    io.stderr.write(`purpgate versions: there is no version ${name}\n`);
    return 1;
  }
  const history = await registry.history(version.name);
  if (json) io.stdout.write(`${JSON.stringify({ ...version, history })}\n`);
  else io.stdout.write(textOf(version, history));
  return 0;
}

const isVersionName = (name: string): name is VersionName => name.startsWith('purp@');

const lineOf = ({ name, state, pool, createdAt, parent }: Version): string =>
  `${name}  ${state.padEnd(11)}  ${createdAt.toISOString()}  pool ${pool}  parent ${parent ?? '-'}`;

function textOf(version: Version, history: readonly TransitionRecord[]): string {
  const { name, state, sha256, base, adapter, parent, pool, createdAt } = version;
  const facts = { state, sha256, base, adapter, parent, pool, created: createdAt.toISOString() };
  const lines = Object.entries(facts).map(([fact, value]) => `  ${fact.padEnd(8)}  ${value ?? '-'}`);
  const steps = history.map(
    ({ from, to, actor, reason, at }) => `  ${at.toISOString()}  ${from ?? '-'} -> ${to}  ${actor}: ${reason}`,
  );
  return `${[name, ...lines, 'History', ...steps].join('\n')}\n`;
}
