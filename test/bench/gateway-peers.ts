/** Other gateways for Node.js, installed in pinned versions into a folder of their own, outside of the project, each in a process of its own. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fetch } from 'undici';
import { childEnvironment } from '../../src/config.js';
import type { Started } from './pass-through.js';

export const PEERS = { '@portkey-ai/gateway': '1.15.2', '@musistudio/llms': '1.0.53' } as const;

/** With a later node-server every stream of this Portkey fails with `TypeError: immutable`. */
const MANIFEST = JSON.stringify({
  private: true,
  dependencies: PEERS,
  overrides: { '@hono/node-server': '1.13.5', hono: '4.9.7' },
});

/** Has no other way to be started without a configuration file. */
const LLMS_ENTRY = `const { default: Server } = require('@musistudio/llms');
const [port, upstream, model] = process.argv.slice(2);
const provider = { name: 'bench', api_base_url: upstream + '/chat/completions', api_key: 'none', models: [model] };
const initialConfig = { HOST: '127.0.0.1', PORT: port, providers: [provider] };
new Server({ useJsonFile: false, useEnvFile: false, logger: false, initialConfig }).start();
`;

/** Portkey listens on every address and lets any caller name the server that is asked. */
const LOOPBACK_ONLY = `import net from 'node:net';
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === 'number' ? listen.call(this, { port, host: '127.0.0.1' }, rest.at(-1)) : listen.call(this, port, ...rest);
};
`;

/** Folder of the installed peers. Takes half a minute the first time. */
export async function installPeers(): Promise<string> {
  const folder = join(tmpdir(), `purpgate-bench-peers-${process.getuid?.() ?? 0}`);
  const marker = join(folder, 'installed.json');
  if ((await readFile(marker, 'utf8').catch(() => '')) === MANIFEST) return folder;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'package.json'), MANIFEST);
  await promisify(execFile)('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  await writeFile(join(folder, 'llms.cjs'), LLMS_ENTRY);
  await writeFile(join(folder, 'loopback.mjs'), LOOPBACK_ONLY);
  await writeFile(marker, MANIFEST);
  return folder;
}

/** Ends when it is told to, and with this process. */
export function startProcess(args: readonly string[], cwd?: string): ChildProcess {
  const child = spawn(process.execPath, args, {
    env: { ...childEnvironment(), NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(cwd !== undefined && { cwd }),
  });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

export async function startPortkey(folder: string): Promise<Started> {
  const port = await freePort();
  const entry = join(folder, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
  const loopback = join(folder, 'loopback.mjs');
  return listening(startProcess(['--import', loopback, entry, `--port=${port}`, '--headless'], folder), port);
}

export async function startLlms(folder: string, upstream: string, model: string): Promise<Started> {
  const port = await freePort();
  return listening(startProcess([join(folder, 'llms.cjs'), String(port), upstream, model], folder), port);
}

async function listening(child: ChildProcess, port: number): Promise<Started> {
  // Nobody reads what it says, and a full pipe would stop it.
  child.stdout?.resume();
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + 30_000;
  for (;;) {
    const response = await fetch(url).catch(() => null);
    await response?.body?.cancel();
    if (response !== null) return { url, stop: () => stopProcess(child) };
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`${child.spawnargs.join(' ')} does not listen`);
    await delay(100);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
