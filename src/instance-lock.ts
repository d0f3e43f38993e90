/**
 * One purpgate per data folder. Node has no file locks that the system lets go when their owner dies, so each starter puts a file
 * of its own there, under a name that is never used again, and looks at the others'. Since it looks after it has written, of two
 * starters at least one sees the other:
 * - a file of a dead process is removed; nobody else can have taken its name meanwhile;
 * - of two that start at once, the one whose name sorts first gives way;
 * - one that does not give way holds the folder already.
 */
import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, readdir, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { childEnvironment } from './config.js';
import { PurpgateError } from './errors.js';

export interface DataFolderLock {
  /** Idempotent. */
  release(): Promise<void>;
}

/** Who holds the folder. A process id is given out again, a process id with its start time is not. */
interface Owner {
  readonly pid: number;
  readonly startedAt: string;
  /** Machine and process namespace in which the id means something: a folder may be shared by containers. */
  readonly world: string;
}

/** Where an owner cannot be looked up, its file counts as alive when it was touched this recently. */
const FRESH_MS = 10_000;
const TOUCH_EVERY_MS = 2_000;
/** How long to wait for another starter to give way. */
const GIVE_WAY_MS = 2000;

const NAME = /^instance-[0-9a-f-]{36}\.lock$/;

/**
 * Takes the folder, made when it is missing, until `release` or the end of the process, however it ends.
 * @param setting what the user named the folder by; it stands in errors.
 * @throws PurpgateError `data_folder_in_use`, naming the process, or `data_folder_unusable`.
 */
export async function lockDataFolder(folder: string, setting = 'PURPGATE_DATA'): Promise<DataFolderLock> {
  const own = join(folder, `instance-${randomUUID()}.lock`);
  try {
    // Passable, not listable: PostgreSQL below it may have to run as another user. What is secret in it is so by itself.
    if ((await makeFolder(folder)) === 'made') await chmod(folder, 0o711);
    const me: Owner = { pid: process.pid, startedAt: (await startOf(process.pid)) ?? '', world: await world() };
    // Under its name the file is always whole.
    await writeFile(`${own}.new`, JSON.stringify(me), { mode: 0o600 });
    await rename(`${own}.new`, own);
    const holder = await findHolder(folder, own, me);
    if (holder !== null) {
      await rm(own, { force: true });
      throw inUse(setting, folder, holder);
    }
  } catch (thrown) {
    if (thrown instanceof PurpgateError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PurpgateError('data_folder_unusable', {
      publicMessage: `${setting}: the folder ${folder} cannot be written to (${reason}). Choose another one.`,
      cause: thrown,
    });
  }
  const touching = setInterval(() => {
    const now = new Date();
    // A touch that fails is made up for by the next.
    utimes(own, now, now).catch(() => undefined);
  }, TOUCH_EVERY_MS);
  touching.unref();
  return {
    release: async () => {
      clearInterval(touching);
      await rm(own, { force: true });
    },
  };
}

/**
 * Makes missing parents, too. Node's own way of it never ends below /proc: there a folder "does not exist" although its parent does. So
 * each folder is tried once more after its parent, whoever made that, and no oftener.
 */
async function makeFolder(folder: string): Promise<'made' | 'there'> {
  try {
    return await makeOne(folder);
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
    await makeFolder(dirname(folder));
    return makeOne(folder);
  }
}

async function makeOne(folder: string): Promise<'made' | 'there'> {
  try {
    await mkdir(folder);
    return 'made';
  } catch (thrown) {
    const isThere = thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST';
    // A link that leads nowhere is there and has no state.
    if (isThere && (await stat(folder).catch(() => null))?.isDirectory() === true) return 'there';
    throw thrown;
  }
}

function inUse(setting: string, folder: string, { pid }: Owner): PurpgateError {
  return new PurpgateError('data_folder_in_use', {
    publicMessage: `${setting}: another purpgate, process ${pid}, runs on ${folder}. Stop it, or choose another folder.`,
  });
}

/** The owner of another lock that stays; null when the folder is ours. */
async function findHolder(folder: string, own: string, me: Owner): Promise<Owner | null> {
  const deadline = Date.now() + GIVE_WAY_MS;
  for (;;) {
    const others = await livingLocks(folder, own, me);
    const [first] = others;
    if (first === undefined) return null;
    if (others.some(({ path }) => own < path) || Date.now() > deadline) return first.owner;
    await pause(10);
  }
}

async function livingLocks(folder: string, own: string, me: Owner): Promise<{ path: string; owner: Owner }[]> {
  const living: { path: string; owner: Owner }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!NAME.test(name) || path === own) continue;
    const owner = await readOwner(path);
    if (owner === null) continue;
    if (await isAlive(owner, path, me)) living.push({ path, owner });
    else await rm(path, { force: true });
  }
  return living;
}

/** Null when the file has just been removed. */
async function readOwner(path: string): Promise<Owner | null> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null;
    throw thrown;
  });
  if (text === null) return null;
  try {
    return JSON.parse(text) as Owner;
  } catch {
    // A power failure emptied it. It counts as one of another world: dead as soon as nobody touches it.
    return { pid: 0, startedAt: '', world: '' };
  }
}

async function isAlive(owner: Owner, path: string, me: Owner): Promise<boolean> {
  if (owner.world === me.world) return (await startOf(owner.pid)) === owner.startedAt;
  const touched = await stat(path).catch(() => null);
  return touched !== null && Date.now() - touched.mtimeMs < FRESH_MS;
}

/** When a process started, in whatever form the system tells it; null when there is no such process. */
async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // Field 22 of proc_pid_stat(5), counted from behind the name, which may hold anything.
  if (text !== null) return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  if (process.platform === 'linux') return null;
  const ps = promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], { env: childEnvironment() });
  return ps.then(
    ({ stdout }) => stdout.trim() || null,
    () => null,
  );
}

async function world(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${boot.trim() || hostname()} ${namespace}`;
}
