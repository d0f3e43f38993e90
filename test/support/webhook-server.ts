/** A webhook of the operator, on a socket. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { afterwards } from './folder.js';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

export interface WebhookServer {
  readonly url: string;
  readonly received: Received[];
  /** Requests whose connection ended before they were answered. */
  abandoned: number;
}

/** `answer`: a status with a body, or what to do with the response. */
export async function startWebhook(
  t: TestContext,
  answer: (asked: Received) => readonly [status: number, body: string] | ((response: ServerResponse) => void),
): Promise<WebhookServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      const asked = { headers: request.headers, body };
      started.received.push(asked);
      const answered = answer(asked);
      if (typeof answered === 'function') answered(response);
      else response.writeHead(answered[0], { 'content-type': 'application/json' }).end(answered[1]);
    });
    response.on('close', () => {
      if (!response.writableEnded) started.abandoned += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(t, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const started: WebhookServer = { url: `http://127.0.0.1:${port}/judge`, received: [], abandoned: 0 };
  return started;
}
