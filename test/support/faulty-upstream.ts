/** Servers on 127.0.0.1 that misbehave below HTTP, and gateways before pools of them. */
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { CodeScanner } from '../../src/guard/code/scanner.js';
import { CALLER, KEY } from '../http/support.js';
import { makeFolder } from './folder.js';
import { startGateway, type StartedGateway } from './gateway.js';

/** Milliseconds after which a request before these pools has ended, whatever its upstream does. */
export const TOTAL_MS = 4000;
const MODEL = 'm';

export const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
export type Fault = (socket: Socket) => void;

/** Answers each connection's first bytes with the fault. */
export async function faulty(fault: Fault): Promise<{ url: string; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      fault(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, server };
}

export const plain =
  (status: string, headers = ''): Fault =>
  (socket) =>
    socket.end(`HTTP/1.1 ${status}\r\n${headers}content-length: 2\r\nconnection: close\r\n\r\n{}`);
export const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
export const said = chunk('data: {"choices":[{"index":0,"delta":{"content":"It has begun, and "}}]}\n\n');

/** One byte every 20 ms of a head that never ends. */
export const slowLoris: Fault = (socket) => {
  const timer = setInterval(() => socket.write('x'), 20);
  socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
  socket.on('close', () => {
    clearInterval(timer);
  });
};

/** Comments for ever, so that no idle time-out strikes. */
export const dripping: Fault = (socket) => {
  const timer = setInterval(() => socket.write(chunk(': still here\n\n')), 20);
  socket.write(HEAD + said);
  socket.on('close', () => {
    clearInterval(timer);
  });
};

/** All time-outs are short; health checks do not help. */
export async function gatewayBefore(urls: readonly string[], scanner: CodeScanner): Promise<StartedGateway> {
  const file = join(await makeFolder(), 'engines.yaml');
  const timeouts = { connect_seconds: 1, first_byte_seconds: 1, idle_seconds: 1, total_seconds: TOTAL_MS / 1000 };
  // JSON is YAML.
  const pool = { model: MODEL, upstreams: urls.map((url) => ({ url })), timeouts, health_check_seconds: 3600 };
  await writeFile(file, JSON.stringify({ engines: { main: pool } }));
  return startGateway('', {
    settings: { UPSTREAM_URL: '', UPSTREAM_MODEL: '', ENGINES_FILE: file },
    callers: { [KEY]: { ...CALLER, requestsPerMinute: 1_000_000 } },
    scanner,
  });
}

export interface Asked {
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

/** A stream, read to its end. */
export async function ask({ url }: StartedGateway, session: string): Promise<Asked> {
  const startedAt = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: MODEL,
      stream: true,
      prompt_cache_key: session,
      messages: [{ role: 'user', content: 'Hi' }],
    }),
  });
  const text = await response.text();
  return { status: response.status, text, ms: performance.now() - startedAt };
}

/** Whether it is what a server says that is well: `fine`. */
export function isWhole({ status, text }: Asked): boolean {
  return status === 200 && text.includes('fine') && text.includes('[DONE]') && !text.includes('"error"');
}
