/** `purpgate export`: writes scored samples as files that other trainers read. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { displayOn } from '../../trainer/progress.js';
import type { Database } from '../db.js';
import { COMMAND_LINE, recordAction } from '../db/audit.js';
import { syncFolder, UNFINISHED } from '../db/durable.js';
import { countSamples, readSamples, type SampleFilter } from '../reward/samples.js';
import type { JsonObject } from '../types.js';
import type { CommandIo } from './command.js';
import { createWriter, FORMATS, type ExportFormat } from './export/writers.js';
import { parseCount, parseSampleFilter, SAMPLE_OPTIONS, TIME_HELP, UsageError } from './sample-options.js';

export const EXPORT_HELP = `Usage: purpgate export --format jsonl|trl|verl --out FILE [options]

Writes scored samples of the database to a file, oldest first. Samples of callers who opted out, then or since, of keys that deny
training, and what was erased are left out, and so are samples without a score.
  --format jsonl     one reward event per line: prompt, response, tokens, score, components, evidence (openapi/events.schema.json)
  --format trl       one row {prompt, completion, score, …} per line, conversational, for TRL
  --format verl      Parquet with data_source, prompt, ability, reward_model and extra_info, for verl; its messages hold no
                     tool calls, so samples with tool calls are left out and counted
  --out FILE         where to; written beside it first and renamed when whole
  --force            replace FILE when it is there
  --since, --until   time of the request, from and before: ${TIME_HELP}
  --kind KIND        only code, malicious, security_question or general
  --pool NAME        only samples of this training pool
  --version NAME     only answers of this version, such as purp@0123456789ab
  --limit NUMBER     at most so many samples
`;

interface ExportRequest {
  readonly format: ExportFormat;
  readonly out: string;
  readonly force: boolean;
  readonly filter: SampleFilter;
  readonly limit: number;
}

interface Exported {
  readonly samples: number;
  /** Samples that the format cannot hold. */
  readonly leftOut: number;
}

/** Resolves with the exit code: 0 done, 1 failed, 2 wrong usage. The database is opened only when it is needed. */
export async function exportCommand(
  args: readonly string[],
  io: CommandIo,
  openDatabase: () => Promise<Database>,
): Promise<number> {
  let request: ExportRequest | 'help';
  try {
    request = parse(args);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    io.stderr.write(`purpgate export: ${thrown.message}\n\n${EXPORT_HELP}`);
    return 2;
  }
  if (request === 'help') {
    io.stdout.write(EXPORT_HELP);
    return 0;
  }
  if (!request.force && existsSync(request.out)) {
    io.stderr.write(`purpgate export: ${request.out} is there already; --force replaces it\n`);
    return 1;
  }
  const database = await openDatabase();
  const { samples, leftOut } = await writeExport(request, io, database);
  if (leftOut > 0)
    io.stderr.write(
      `${leftOut} samples were left out: the format ${request.format} cannot hold their tool calls or prompts.\n`,
    );
  io.stdout.write(`Wrote ${samples} samples to ${request.out}.\n`);
  return 0;
}

function parse(args: readonly string[]): ExportRequest | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...SAMPLE_OPTIONS,
      format: { type: 'string' },
      out: { type: 'string' },
      force: { type: 'boolean', default: false },
      pool: { type: 'string' },
      version: { type: 'string' },
      limit: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return 'help';
  const format = FORMATS.find((known) => known === values.format);
  if (format === undefined) throw new UsageError(`--format must be one of ${FORMATS.join(', ')}`);
  if (values.out === undefined || values.out === '') throw new UsageError('--out is required');
  const { pool, version, force, out } = values;
  const filter = {
    ...parseSampleFilter(values),
    ...(pool !== undefined && { pool }),
    ...(version !== undefined && { version }),
  };
  return { format, out, force, filter, limit: parseCount('limit', values.limit) ?? Infinity };
}

/** A reader never finds half a file, and only the owner may read it. What a crash leaves ends in `.new`. */
async function writeExport(request: ExportRequest, io: CommandIo, database: Database): Promise<Exported> {
  const { out, force } = request;
  const fresh = `${out}.${randomUUID()}${UNFINISHED}`;
  try {
    await (await open(fresh, 'wx', 0o600)).close();
    const exported = await writeSamples(request, { io, database, file: fresh });
    await syncFile(fresh);
    // Nothing leaves that the audit trail does not tell.
    await recordAction(database, {
      actor: COMMAND_LINE,
      action: 'export',
      subject: resolve(out),
      details: { format: request.format, samples: exported.samples, ...shown(request.filter) },
    });
    // Somebody may have put a file there meanwhile.
    if (!force) await (await open(out, 'wx', 0o600)).close();
    await rename(fresh, out);
    await syncFolder(dirname(out));
    return exported;
  } finally {
    await rm(fresh, { force: true });
  }
}

async function writeSamples(
  { filter, limit, format }: ExportRequest,
  { io, database, file }: { readonly io: CommandIo; readonly database: Database; readonly file: string },
): Promise<Exported> {
  const total = Math.min(limit, await countSamples(database, filter));
  const display = displayOn(io.stderr);
  const writer = await createWriter(format, file);
  let samples = 0;
  let leftOut = 0;
  try {
    for await (const page of readSamples(database, filter, io.signal)) {
      const events = page.slice(0, limit - samples - leftOut);
      const written = await writer.write(events);
      samples += written;
      leftOut += events.length - written;
      display.status(`${samples} of ${total} samples`, total === 0 ? 1 : (samples + leftOut) / total);
      if (samples + leftOut >= limit) break;
    }
    await writer.finish();
    return { samples, leftOut };
  } finally {
    await writer.close();
  }
}

const shown = ({ since, until, ...rest }: SampleFilter): JsonObject => ({
  ...(since && { since: since.toISOString() }),
  ...(until && { until: until.toISOString() }),
  ...rest,
});

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
