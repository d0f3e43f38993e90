/** `purpgate audit`: what admins did. */
import { parseArgs } from 'node:util';
import type { Database } from '../db.js';
import { type AuditEntry, readAudit } from '../db/audit.js';
import type { CommandIo } from './command.js';
import { parseCount, parseMoment, TIME_HELP, UsageError } from './sample-options.js';

export const AUDIT_HELP = `Usage: purpgate audit [--since TIME] [--until TIME] [--action NAME] [--limit NUMBER] [--json]

Prints what admins did, newest first: keys created and revoked, exports, erasures, and every change of a version's state.
  --since, --until   ${TIME_HELP}
  --action NAME      key, key.create, key.revoke, export, erase, version, version.live, version.rolled-back, …
  --limit NUMBER     at most so many entries (default 100)
  --json             one JSON object per line
`;

/** Resolves with the exit code: 0 done, 2 wrong usage. The database is opened only when it is needed. */
export async function auditCommand(
  args: readonly string[],
  io: CommandIo,
  openDatabase: () => Promise<Database>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      since: { type: 'string' },
      until: { type: 'string' },
      action: { type: 'string' },
      limit: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    io.stdout.write(AUDIT_HELP);
    return 0;
  }
  try {
    const since = parseMoment('since', values.since);
    const until = parseMoment('until', values.until);
    const limit = parseCount('limit', values.limit) ?? 100;
    const { action, json } = values;
    const selected = {
      ...(since && { since }),
      ...(until && { until }),
      ...(action !== undefined && { action }),
      limit,
    };
    const entries = await readAudit(await openDatabase(), selected);
    for (const entry of entries) io.stdout.write(`${json ? JSON.stringify(entry) : row(entry)}\n`);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    io.stderr.write(`purpgate audit: ${thrown.message}\n\n${AUDIT_HELP}`);
    return 2;
  }
}

/** Control characters of a name or a reason would reach the terminal. */
function row({ at, actor, action, subject, details }: AuditEntry): string {
  const given = Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const cells = [at.toISOString(), actor.padEnd(17), action.padEnd(14), subject, ...given];
  // eslint-disable-next-line no-control-regex -- they are what is replaced
  return cells.join('  ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
