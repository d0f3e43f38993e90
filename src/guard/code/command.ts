/** `purpgate scan`: scans files and folders for weaknesses, without a server. */
import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { toPurpgateError } from '../../errors.js';
import { LANGUAGES, type Language } from './languages.js';
import { createReport, type Format, type Report } from './report.js';
import { type CodeScanner, createCodeScanner } from './scanner.js';

const HELP = `Usage: purpgate scan [--json | --sarif] PATH…

Scans source files, and folders with all that is in them, for security weaknesses.
Languages: ${LANGUAGES.map(({ name, extensions }) => `${name} (${extensions.join(' ')})`).join(', ')}.

  --json   one JSON line per finding: file, line, endLine, cwe, rule, severity, action, message;
           a file that cannot be read or parsed gives a line with file and error
  --sarif  one SARIF 2.1.0 document, as editors and code scanning services read it
  --help   this text

Exit status: 0 once all is scanned, whatever was found; 1 for a path that does not exist or a wrong option.
`;

/** Folders that hold no code of the project's own. */
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules']);
/** Nobody waits for a command as for a stream; a large file may take its time. */
const DEADLINE_MS = 10_000;

interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

const write = (stream: NodeJS.WritableStream, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });

/** @returns the exit status. */
export async function scanCommand(args: readonly string[], io: Streams): Promise<number> {
  const options = args.filter((argument) => argument.startsWith('-') && argument !== '-');
  const paths = args.filter((argument) => !options.includes(argument));
  if (options.some((option) => option === '--help' || option === '-h')) {
    await write(io.stdout, HELP);
    return 0;
  }
  const unknown = options.find((option) => option !== '--json' && option !== '--sarif');
  const problem =
    unknown !== undefined
      ? `there is no option ${unknown}`
      : paths.length === 0
        ? 'name at least one file or folder'
        : options.includes('--json') && options.includes('--sarif')
          ? 'choose one of --json and --sarif'
          : null;
  if (problem !== null) {
    await write(io.stderr, `purpgate scan: ${problem}; see purpgate scan --help\n`);
    return 1;
  }
  for (const path of paths) {
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (isThere) continue;
    await write(io.stderr, `purpgate scan: there is no file or folder ${path}\n`);
    return 1;
  }
  const format: Format = options.includes('--json') ? 'json' : options.includes('--sarif') ? 'sarif' : 'text';
  const scanner = await createCodeScanner({ deadlineMs: DEADLINE_MS });
  try {
    return await scanAll(scanner, { paths, report: createReport(format), io });
  } finally {
    await scanner.stop();
  }
}

interface Run {
  readonly paths: readonly string[];
  readonly report: Report;
  readonly io: Streams;
}

async function scanAll(scanner: CodeScanner, { paths, report, io }: Run): Promise<number> {
  for (const path of paths) {
    for await (const { file, error } of filesBelow(path)) {
      if (io.signal.aborted) return 1;
      const language = languageOf(file);
      if (error === null && language === null) {
        report.skip();
        continue;
      }
      const scanned = error ?? (await scanFile(scanner, file, language, io.signal));
      if (typeof scanned === 'string') {
        await write(io.stdout, report.fault(file, scanned));
        continue;
      }
      if (scanned.parse === 'errors') await write(io.stdout, report.fault(file, CUT_SHORT));
      await write(io.stdout, report.file({ file, ...scanned }));
    }
  }
  await write(io.stdout, report.end());
  return 0;
}

const CUT_SHORT = 'has syntax errors; what could be parsed was scanned';

interface FileEntry {
  readonly file: string;
  readonly error: string | null;
}

async function* filesBelow(path: string): AsyncGenerator<FileEntry> {
  if (!(await stat(path)).isDirectory()) {
    yield { file: path, error: null };
    return;
  }
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (thrown) {
    yield { file: path, error: `cannot be read: ${textOf(thrown)}` };
    return;
  }
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    // Links are not followed: they may lead in circles, or out of the folder.
    if (entry.isFile()) yield { file: join(path, entry.name), error: null };
    else if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) yield* filesBelow(join(path, entry.name));
  }
}

const textOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

function languageOf(file: string): Language | null {
  const extension = extname(file).toLowerCase();
  return LANGUAGES.find((language) => language.extensions.includes(extension)) ?? null;
}

type Scanned = { readonly code: string } & Extract<Awaited<ReturnType<CodeScanner['scan']>>, { outcome: 'scanned' }>;

/** What was found, or why nothing could be. */
async function scanFile(
  scanner: CodeScanner,
  file: string,
  language: Language | null,
  signal: AbortSignal,
): Promise<Scanned | string> {
  try {
    const code = decode(await readFile(file, { signal }));
    if (code === null) return 'is no text';
    const result = await scanner.scan(code, language?.name ?? '', signal);
    return result.outcome === 'scanned' ? { ...result, code } : 'is in a language that cannot be scanned';
  } catch (thrown) {
    return `cannot be scanned: ${toPurpgateError(thrown).message}`;
  }
}

/** UTF-8, or Latin-1 where it is not; null for bytes that are no text. */
function decode(bytes: Buffer): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
