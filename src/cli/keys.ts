/** `purpgate keys`: creates, lists and revokes API keys, and sets their budgets. */
import { parseArgs } from 'node:util';
import { listBudgets, type BudgetState } from '../access/budgets.js';
import { createKey, listKeys, revokeKey, SCOPES, type KeyRecord, type NewKey } from '../access/keys.js';
import type { Queryable } from '../db.js';
import type { Consent, Scope } from '../types.js';
import { budget, writeBudgets } from './keys/budget.js';
import { type KeysIo, UsageError, writeTable } from './keys/io.js';

export const KEYS_HELP = `Usage:
  purpgate keys create --tenant NAME --name NAME --training allow|deny [options]
  purpgate keys list [--tenant NAME] [--json]
  purpgate keys revoke ID...
  purpgate keys budget ID | --tenant NAME [--day|--month] [--tokens NUMBER|none] [--cost DOLLARS|none]

create prints the key on standard output; it is not shown again.
  --tenant NAME           whose traffic it is
  --name NAME             what the key is called
  --training allow|deny   whether its traffic may be trained on; there is no default
  --scopes LIST           of inference, feedback, admin; default inference,feedback
  --expires TIME          2027-01-31, 2027-01-31T12:00:00Z, or from now: 12h, 30d; default never
  --rpm NUMBER            requests per minute; default REQUESTS_PER_MINUTE
  --honour-store-false    \`store: false\` opts a request out of training

budget sets how much a key, or all keys of a tenant together, may use in a calendar day or month (UTC), and shows what is left.
  --day, --month          which budget is set; one of them with --tokens or --cost
  --tokens NUMBER|none    tokens of prompts and completions together; none removes the budget
  --cost DOLLARS|none     US dollars, by the prices of ENGINES_FILE

Gateways heed a revocation and a change of budgets within 10 seconds.
`;

/** Resolves with the exit code: 0 done, 1 not found, 2 wrong usage. */
export async function keysCommand(args: readonly string[], io: KeysIo, database: Queryable): Promise<number> {
  const [verb, ...rest] = args;
  try {
    switch (verb) {
      case 'create':
        return await create(rest, io, database);
      case 'list':
        return await list(rest, io, database);
      case 'revoke':
        return await revoke(rest, io, database);
      case 'budget':
        return await budget(rest, io, database);
      default:
        throw new UsageError(
          verb === undefined ? 'say create, list, revoke or budget' : `there is no \`keys ${verb}\``,
        );
    }
  } catch (thrown) {
    if (!(thrown instanceof UsageError) && !isParseError(thrown)) throw thrown;
    io.stderr.write(`purpgate keys: ${thrown.message}\n\n${KEYS_HELP}`);
    return 2;
  }
}

/** What `parseArgs` throws about the arguments. */
function isParseError(thrown: unknown): thrown is Error {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    thrown.code.startsWith('ERR_PARSE_ARGS')
  );
}

async function create(args: readonly string[], io: KeysIo, database: Queryable): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tenant: { type: 'string' },
      name: { type: 'string' },
      training: { type: 'string' },
      scopes: { type: 'string', default: 'inference,feedback' },
      expires: { type: 'string' },
      rpm: { type: 'string' },
      'honour-store-false': { type: 'boolean', default: false },
    },
  });
  const input: NewKey = {
    tenant: required('tenant', values.tenant),
    name: required('name', values.name),
    training: parseTraining(values.training),
    scopes: parseScopes(values.scopes),
    expiresAt: parseExpiry(values.expires),
    requestsPerMinute: parseRate(values.rpm),
    honourStoreFalse: values['honour-store-false'],
  };
  const { id, key } = await createKey(database, input);
  io.stderr.write(`Created key ${id} of ${input.tenant}. Keep it: it is not shown again.\n`);
  io.stdout.write(`${key}\n`);
  return 0;
}

async function list(args: readonly string[], io: KeysIo, database: Queryable): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { tenant: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const keys = await listKeys(database, values.tenant === undefined ? {} : { tenant: values.tenant });
  const all = await listBudgets(database);
  const budgets = all.filter((one) => keys.some((key) => isOf(one, key)));
  if (values.json) {
    for (const key of keys)
      io.stdout.write(`${JSON.stringify({ ...key, budgets: budgets.filter((one) => isOf(one, key)) })}\n`);
    return 0;
  }
  writeTable(io.stdout, [['ID', 'TENANT', 'NAME', 'TRAINING', 'SCOPES', 'RPM', 'STATE'], ...keys.map(toRow)]);
  if (budgets.length > 0) {
    io.stdout.write('\n');
    writeBudgets(io.stdout, budgets);
  }
  return 0;
}

/** Whether the budget bounds the key. */
function isOf({ owner, subject }: BudgetState, { id, tenant }: KeyRecord): boolean {
  return subject === (owner === 'key' ? id : tenant);
}

function toRow(key: KeyRecord): string[] {
  return [
    key.id,
    key.tenant,
    key.name,
    key.training,
    key.scopes.join(','),
    key.requestsPerMinute?.toString() ?? '-',
    stateOf(key),
  ];
}

function stateOf({ revokedAt, expiresAt }: KeyRecord): string {
  if (revokedAt !== null) return `revoked ${revokedAt.toISOString()}`;
  if (expiresAt === null) return 'active';
  return `${expiresAt.getTime() > Date.now() ? 'active, expires' : 'expired'} ${expiresAt.toISOString()}`;
}

async function revoke(args: readonly string[], io: KeysIo, database: Queryable): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  if (positionals.length === 0) throw new UsageError('revoke needs the id of a key (see list)');
  let code = 0;
  for (const id of positionals) {
    const isRevoked = await revokeKey(database, id);
    if (!isRevoked) code = 1;
    io.stderr.write(isRevoked ? `Revoked key ${id}.\n` : `There is no key ${id}.\n`);
  }
  return code;
}

function required(option: string, value: string | undefined): string {
  if (value === undefined || value.trim() === '') throw new UsageError(`--${option} is required`);
  return value.trim();
}

function parseTraining(value: string | undefined): Consent {
  if (value === 'allow' || value === 'deny') return value;
  throw new UsageError('--training must be allow or deny: say whether the traffic of this key may be trained on');
}

function parseScopes(value: string): Scope[] {
  return value.split(',').map((name) => {
    const scope = SCOPES.find((known) => known === name.trim());
    if (scope === undefined) throw new UsageError(`--scopes: "${name}" is none of ${SCOPES.join(', ')}`);
    return scope;
  });
}

const UNIT_MS = { h: 3_600_000, d: 86_400_000 };

function parseExpiry(value: string | undefined): Date | null {
  if (value === undefined) return null;
  const relative = /^(\d{1,6})([hd])$/.exec(value);
  const unit = relative?.[2] === 'h' ? UNIT_MS.h : UNIT_MS.d;
  const time = relative === null ? Date.parse(value) : Date.now() + Number(relative[1]) * unit;
  if (Number.isNaN(time) || time <= Date.now()) throw new UsageError(`--expires: "${value}" is no time in the future`);
  return new Date(time);
}

function parseRate(value: string | undefined): number | null {
  if (value === undefined) return null;
  const rate = Number(value);
  if (!Number.isInteger(rate) || rate < 1 || rate > 1_000_000)
    throw new UsageError('--rpm must be a whole number from 1 to 1000000');
  return rate;
}
