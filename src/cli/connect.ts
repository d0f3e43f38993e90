/** `purpgate connect`: shows or writes what a coding assistant needs to work through a running purpgate, and checks that it answers. */
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config.js';
import { keyFile, readRunFile } from '../data-folder.js';
import type { CommandIo } from './command.js';
import { CLIENT_NAMES, configurationOf, isClientName, type Configuration } from './connect/clients.js';
import { mergeInto } from './connect/merge.js';

const HELP = `Usage: purpgate connect ${CLIENT_NAMES.join('|')} [options]

Prints the configuration of a coding assistant, and checks that purpgate answers.
  --url URL     where purpgate listens; default: the instance that runs on PURPGATE_DATA
  --key KEY     an API key (purpgate keys create); default: the one that PURPGATE_DATA keeps for this machine
  --model ID    default: the first model of GET /v1/models
  --write       writes the files, merged into what is there, with a backup beside each
`;
const KEY_PLACEHOLDER = 'YOUR_PURPGATE_KEY';
const MODEL_PLACEHOLDER = 'MODEL_ID';
const TIMEOUT_MS = 5000;

type Check =
  | { readonly ok: true; readonly models: readonly string[] }
  | { readonly ok: false; readonly remedy: string };
type Io = Pick<CommandIo, 'stdout' | 'stderr'> & { readonly home?: string };

/** Resolves with the exit code: 0 done and purpgate answers, 1 it does not or a file cannot be written, 2 wrong usage. */
export async function connectCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      key: { type: 'string' },
      model: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [client = ''] = positionals;
  if (values.help || !isClientName(client) || positionals.length > 1) {
    (values.help ? io.stdout : io.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  const { url, key } = await targetOf(values);
  if (url === null) {
    io.stderr.write('No purpgate runs on PURPGATE_DATA, or --url is no http address. Start one, or give --url URL.\n');
    return 1;
  }
  const check = await checkAnswer(url, key);
  io.stderr.write(check.ok ? `purpgate answers at ${url}.\n` : `${check.remedy}\n`);
  const model = values.model ?? (check.ok ? check.models[0] : undefined);
  // A file with placeholders would only break the client.
  if (values.write && (key === null || model === undefined)) {
    io.stderr.write('Nothing is written: --write needs --key KEY and a model (GET /v1/models, or --model ID).\n');
    return 1;
  }
  const configuration = configurationOf(client, {
    url,
    key: key ?? KEY_PLACEHOLDER,
    model: model ?? MODEL_PLACEHOLDER,
  });
  if (values.write) {
    if (!(await writeFiles(configuration, io))) return 1;
  } else
    for (const { path, content } of configuration.files) io.stdout.write(`# ~/${path}\n${mergeInto('', content)}\n`);
  showRest(configuration, io);
  if (key === null)
    io.stderr.write('A key: purpgate keys create --tenant NAME --name NAME --training allow|deny; then --key KEY.\n');
  return check.ok ? 0 : 1;
}

/** Another instance than the one of this machine gets no key of this machine. */
async function targetOf(given: {
  readonly url?: string;
  readonly key?: string;
}): Promise<{ readonly url: string | null; readonly key: string | null }> {
  if (given.url !== undefined) return { url: baseUrl(given.url), key: given.key ?? null };
  const { dataFolder } = loadConfig();
  const own = await readFile(keyFile(dataFolder, 'client'), 'utf8').catch(() => null);
  return { url: baseUrl((await readRunFile(dataFolder))?.url ?? null), key: given.key ?? own?.trim() ?? null };
}

function baseUrl(text: string | null): string | null {
  if (text === null || !URL.canParse(text) || !/^https?:/.test(text)) return null;
  return text.replace(/\/+$/, '').replace(/\/v1$/, '');
}

async function checkAnswer(url: string, key: string | null): Promise<Check> {
  try {
    const response = await fetch(`${url}/v1/models`, {
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 401)
      return {
        ok: false,
        remedy: `${url} answers, and does not accept ${key === null ? 'a request without a key' : 'this key'}.`,
      };
    const models = response.ok ? modelIds(await response.json()) : null;
    if (models !== null) return { ok: true, models };
    return {
      ok: false,
      remedy: `${url} answers GET /v1/models with ${response.status}, which is no purpgate: check --url.`,
    };
  } catch (thrown) {
    return { ok: false, remedy: unreachable(url, thrown) };
  }
}

function unreachable(url: string, thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ECONNREFUSED') return `Nothing listens at ${url}: start purpgate, or check the port.`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${url}: there is no such host. Check --url.`;
  if (thrown instanceof SyntaxError)
    return `${url} answers with something other than JSON, which is no purpgate: check --url.`;
  return `${url} does not answer (${cause instanceof Error ? cause.message : String(cause)}).`;
}

function modelIds(body: unknown): string[] | null {
  if (typeof body !== 'object' || body === null || !('data' in body) || !Array.isArray(body.data)) return null;
  return body.data.flatMap((model: unknown) =>
    typeof model === 'object' && model !== null && 'id' in model && typeof model.id === 'string' ? [model.id] : [],
  );
}

async function writeFiles({ files }: Configuration, { stderr, home = homedir() }: Io): Promise<boolean> {
  for (const { path, content } of files) {
    const file = join(home, path);
    try {
      const present = await readFile(file, 'utf8').catch((thrown: unknown) => {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null;
        throw thrown;
      });
      const text = mergeInto(present ?? '', content);
      if (text === present) {
        stderr.write(`${file} is as it should be.\n`);
        continue;
      }
      await mkdir(dirname(file), { recursive: true });
      const backup = `${file}.${new Date().toISOString().replaceAll(':', '-')}.bak`;
      if (present !== null) await copyFile(file, backup);
      // The key stands in it.
      await writeFile(`${file}.new`, text, { mode: 0o600 });
      await rename(`${file}.new`, file);
      stderr.write(`Wrote ${file}${present === null ? '' : `; what it was is ${backup}`}.\n`);
    } catch (thrown) {
      stderr.write(`${file} is left as it is: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
      return false;
    }
  }
  return true;
}

/** What no file holds. */
function showRest({ environment, command }: Configuration, { stdout }: Io): void {
  for (const [name, value] of Object.entries(environment)) stdout.write(`export ${name}=${quoted(value)}\n`);
  if (command !== null) stdout.write(`${command.map(quoted).join(' ')}\n`);
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
