/** `purpgate erase`: erases what one user of a tenant said, and reports what it went into. */
import { parseArgs } from 'node:util';
import { eraseFromTraining, type TrainedManifest, versionsTrainedOn } from '../../trainer/manifest-store.js';
import { loadConfig } from '../config.js';
import type { Database } from '../db.js';
import { COMMAND_LINE, recordAction } from '../db/audit.js';
import { countInteractions, eraseUser, type ErasedCounts, userDigest, type UserName } from '../reward/erasure.js';
import type { VersionName } from '../types.js';
import type { CommandIo } from './command.js';
import { UsageError } from './sample-options.js';

export const ERASE_HELP = `Usage: purpgate erase --tenant NAME --user ID [--dry-run] [--json]

Erases what a user of a tenant said until now: interactions, answers, rewards, feedback, records of the event log, dead letters, and what
training holds of them. What is still on its way, in a spool or in the log, is dropped when it comes. Reports what went, and which
versions were trained on it. May be run again at any time.
  --tenant NAME   whose user it is
  --user ID       as the client names the user, in the field \`user\` (OpenAI) or \`metadata.user_id\` (Anthropic)
  --dry-run       only say how many interactions there are
  --json          the report as one JSON object
It does not reach backups, files of \`purpgate export\`, the weights of versions, nor, with KAFKA_BROKERS, Kafka, which deletes by age.
`;

interface Report extends ErasedCounts {
  readonly tenant: string;
  readonly erased_at: string;
  readonly manifests: readonly TrainedManifest[];
  /** Published versions whose weights have seen it. */
  readonly versions: readonly VersionName[];
  /** Whether records stay in Kafka until its retention ends. */
  readonly kafka: boolean;
}

/** Resolves with the exit code: 0 done, 2 wrong usage. The database is opened only when it is needed. */
export async function eraseCommand(
  args: readonly string[],
  io: CommandIo,
  openDatabase: () => Promise<Database>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tenant: { type: 'string' },
      user: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    io.stdout.write(ERASE_HELP);
    return 0;
  }
  let name: UserName;
  try {
    name = { tenant: required('tenant', values.tenant), user: required('user', values.user) };
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    io.stderr.write(`purpgate erase: ${thrown.message}\n\n${ERASE_HELP}`);
    return 2;
  }
  const database = await openDatabase();
  if (values['dry-run']) {
    const interactions = await countInteractions(database, name);
    io.stdout.write(
      values.json ? `${JSON.stringify({ interactions })}\n` : `There are ${interactions} interactions.\n`,
    );
    return 0;
  }
  const report = await erase(database, name, io.signal);
  io.stdout.write(values.json ? `${JSON.stringify(report)}\n` : describe(report));
  return 0;
}

function required(option: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new UsageError(`--${option} is required`);
  return value;
}

async function erase(database: Database, name: UserName, signal: AbortSignal): Promise<Report> {
  const until = new Date();
  const who = { actor: COMMAND_LINE, subject: name.tenant };
  const digest = userDigest(name).toString('hex');
  await recordAction(database, { ...who, action: 'erase', details: { user_sha256: digest } });
  const manifests = new Map<string, TrainedManifest>();
  const counts = await eraseUser({
    database,
    name,
    until,
    signal,
    eraseFromTraining: async (ids) => {
      for (const manifest of await eraseFromTraining(database, ids)) manifests.set(JSON.stringify(manifest), manifest);
    },
  });
  const trained = [...manifests.values()];
  const report: Report = {
    tenant: name.tenant,
    erased_at: until.toISOString(),
    ...counts,
    manifests: trained,
    versions: await versionsTrainedOn(database, trained),
    kafka: loadConfig().kafkaBrokers.length > 0,
  };
  const details = { user_sha256: digest, ...report, manifests: trained.length };
  await recordAction(database, { ...who, action: 'erase.report', details });
  return report;
}

function describe({ interactions, rewards, feedback, logRecords, manifests, versions, kafka }: Report): string {
  const lines = [
    `Erased ${interactions} interactions, ${rewards} rewards, ${feedback} feedbacks, and the content of ${logRecords} records of the event log.`,
    manifests.length === 0
      ? 'No training step was trained on them.'
      : `${manifests.length} training steps were trained on them.`,
    ...(versions.length === 0 ? [] : [`Versions whose weights have seen them: ${versions.join(', ')}`]),
    ...(kafka ? ['Kafka keeps its records until their retention ends.'] : []),
    'Files that were exported before are not reached: `purpgate audit --action export` lists them.',
    'What is still in a spool or unread in the log is dropped when it comes.',
  ];
  return `${lines.join('\n')}\n`;
}
