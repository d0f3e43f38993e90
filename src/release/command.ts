/** `purpgate versions`: lists and shows the versions of the policy, promotes them and rolls them back. */
import { parseArgs } from 'node:util';
import type { Database } from '../db.js';
import { COMMAND_LINE } from '../db/audit.js';
import { PurpgateError } from '../errors.js';
import { createRegistry, toVersionName, type TransitionRecord } from '../registry/registry.js';
import { VERSION_STATES } from '../registry/state.js';
import type { Version } from '../types.js';
import { promoteVersion, rollbackVersion } from './controller.js';
import { gateTable } from './gate.js';
import { readProofs, readVerdict, type RecordedProof, type RecordedVerdict } from './store.js';

/** The pool of the checkpoint that ships with purpgate. */
const DEFAULT_POOL = 'shared';

const HELP = `Usage:
  purpgate versions list [--pool NAME] [--state STATE] [--json]
  purpgate versions show NAME [--json]
  purpgate versions promote NAME [--force] [--reason TEXT] [--json]
  purpgate versions rollback [--to NAME] [--pool NAME] [--reason TEXT] [--json]

list prints a line per version, oldest first; show prints one with its history, the gate's verdict, and what gateways found when they
loaded it. promote makes a version live that the gate has passed against the version that is live. rollback takes the live version
away for good and makes its parent live again. Gateways follow within seconds.
  --pool NAME     list: only versions that serve this pool; rollback: the pool (default ${DEFAULT_POOL})
  --state STATE   only ${VERSION_STATES.join(', ')}
  --force         promote past the gate; the history tells
  --to NAME       a version that was live before, in place of the parent
  --reason TEXT   kept in the history
  --json          list: a JSON line per version; show: one JSON object with its \`history\`, \`verdict\` and \`proofs\`;
                  promote and rollback: the version that is live then, as a JSON object
`;

interface VersionsIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Resolves with the exit code: 0 done, 1 not found or refused, 2 wrong usage. The database is opened only when it is needed. */
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
    case 'promote':
    case 'rollback':
      return refusable(io, await openDatabase(), request);
  }
}

/** What the registry refuses is an answer, and no failure of the command. */
async function refusable(io: VersionsIo, database: Database, request: ShowRequest | ChangeRequest): Promise<number> {
  try {
    return await (request.verb === 'show' ? show(request, io, database) : change(request, io, database));
  } catch (thrown) {
    const isRefusal =
      thrown instanceof PurpgateError && (thrown.code === 'model_not_found' || thrown.code === 'invalid_request');
    if (!isRefusal) throw thrown;
    io.stderr.write(`purpgate versions: ${thrown.publicMessage}\n`);
    return 1;
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

interface PromoteRequest {
  readonly verb: 'promote';
  readonly name: string;
  readonly force: boolean;
  readonly reason: string;
  readonly json: boolean;
}

interface RollbackRequest {
  readonly verb: 'rollback';
  readonly pool: string;
  readonly to: string | null;
  readonly reason: string;
  readonly json: boolean;
}

type ChangeRequest = PromoteRequest | RollbackRequest;
type Request = { readonly verb: 'help' } | ListRequest | ShowRequest | ChangeRequest;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean', default: false },
  pool: { type: 'string' },
  state: { type: 'string' },
  force: { type: 'boolean' },
  to: { type: 'string' },
  reason: { type: 'string' },
} as const;

/** The options that each verb takes beside `--json`. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  list: ['pool', 'state'],
  show: [],
  promote: ['force', 'reason'],
  rollback: ['to', 'pool', 'reason'],
};

function parse(args: readonly string[]): Request {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  if (values.help === true) return { verb: 'help' };
  const [verb = '', name, ...more] = positionals;
  const taken = Object.hasOwn(TAKES, verb) ? TAKES[verb] : undefined;
  if (taken === undefined) throw new Error('say list, show, promote or rollback');
  const foreign = Object.keys(values).find((option) => option !== 'json' && !taken.includes(option));
  if (foreign !== undefined) throw new Error(`${verb} has no --${foreign}`);
  const { json, pool, force = false, to = null } = values;
  if (verb === 'show' || verb === 'promote') {
    if (name === undefined || more.length > 0) throw new Error('say the name of one version');
    const { reason = 'promoted by hand' } = values;
    return verb === 'show' ? { verb, name, json } : { verb, name, force, reason, json };
  }
  if (name !== undefined) throw new Error(`${verb} takes no name`);
  if (verb === 'rollback') {
    const { reason = 'rolled back by hand' } = values;
    return { verb, pool: pool ?? DEFAULT_POOL, to, reason, json };
  }
  const state = VERSION_STATES.find((one) => one === values.state);
  if (values.state !== undefined && state === undefined) throw new Error(`there is no state ${values.state}`);
  return { verb: 'list', json, ...(pool === undefined ? {} : { pool }), ...(state === undefined ? {} : { state }) };
}

async function list({ json, ...filter }: ListRequest, io: VersionsIo, database: Database): Promise<number> {
  const versions = await createRegistry(database).list(filter);
  for (const version of versions) io.stdout.write(json ? `${JSON.stringify(version)}\n` : `${lineOf(version)}\n`);
  if (versions.length === 0 && !json) io.stdout.write('There is no version.\n');
  return 0;
}

async function show({ name, json }: ShowRequest, io: VersionsIo, database: Database): Promise<number> {
  const registry = createRegistry(database);
  const version = await registry.get(toVersionName(name));
  // As an unreadable name is refused.
  if (version === null) throw new PurpgateError('model_not_found', { publicMessage: `There is no version ${name}.` });
  const told = {
    history: await registry.history(version.name),
    verdict: await readVerdict(database, version.name),
    proofs: await readProofs(database, version.name),
  };
  io.stdout.write(json ? `${JSON.stringify({ ...version, ...told })}\n` : textOf(version, told));
  return 0;
}

async function change(request: ChangeRequest, io: VersionsIo, database: Database): Promise<number> {
  const registry = createRegistry(database);
  const audit = { actor: COMMAND_LINE, reason: request.reason };
  const version =
    request.verb === 'promote'
      ? await promoteVersion(
          { database, registry },
          { name: toVersionName(request.name), force: request.force, ...audit },
        )
      : await rollbackVersion(registry, {
          pool: request.pool,
          to: request.to === null ? null : toVersionName(request.to),
          ...audit,
        });
  io.stdout.write(
    request.json ? `${JSON.stringify(version)}\n` : `${version.name} is live in the pool ${version.pool}.\n`,
  );
  return 0;
}

const lineOf = ({ name, state, pool, createdAt, parent }: Version): string =>
  `${name}  ${state.padEnd(11)}  ${createdAt.toISOString()}  pool ${pool}  parent ${parent ?? '-'}`;

interface Told {
  readonly history: readonly TransitionRecord[];
  readonly verdict: RecordedVerdict | null;
  readonly proofs: readonly RecordedProof[];
}

function textOf(version: Version, { history, verdict, proofs }: Told): string {
  const { name, state, sha256, base, adapter, parent, pool, createdAt } = version;
  const facts = { state, sha256, base, adapter, parent, pool, created: createdAt.toISOString() };
  const lines = Object.entries(facts).map(([fact, value]) => `  ${fact.padEnd(8)}  ${value ?? '-'}`);
  const steps = history.map(
    ({ from, to, actor, reason, at }) => `  ${at.toISOString()}  ${from ?? '-'} -> ${to}  ${actor}: ${reason}`,
  );
  const found = proofs.map(({ outcome, reason, at }) => `  ${at.toISOString()}  ${outcome}: ${reason}`);
  return `${[
    name,
    ...lines,
    'History',
    ...steps,
    ...(verdict === null ? [] : [`Gate: ${verdict.verdict.outcome} against ${verdict.baseline}`]),
    ...(verdict === null ? [] : [gateTable(verdict.verdict).trimEnd()]),
    ...(found.length === 0 ? [] : ['Proofs by gateways', ...found]),
  ].join('\n')}\n`;
}
