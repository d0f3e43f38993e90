/** The least that a gateway can do, and how a request through one is timed: what benchmarks of the HTTP side share. */
import { fastify } from 'fastify';
import { Pool } from 'undici';

export interface Started {
  /** Without `/v1`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Bare fastify and undici: passes bytes on and knows nothing of them. */
export async function startPassThrough(upstream: string): Promise<Started> {
  const { origin, pathname } = new URL(upstream);
  const pool = new Pool(origin);
  const app = fastify({ bodyLimit: 32 << 20 });
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.post<{ Body: Buffer }>('/v1/chat/completions', async (request, reply) => {
    const { statusCode, headers, body } = await pool.request({
      method: 'POST',
      path: `${pathname}/chat/completions`,
      headers: { 'content-type': 'application/json' },
      body: request.body,
    });
    return reply
      .code(statusCode)
      .header('content-type', headers['content-type'] ?? 'text/event-stream')
      .send(body);
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    stop: async () => {
      await app.close();
      await pool.close();
    },
  };
}

export interface TimedRequest {
  /** Of who answers, for the error. */
  readonly name: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What the end of an answer that ended well holds. */
  readonly end: RegExp;
}

/** Milliseconds to the first and to the last byte of the body. @throws Error when the answer did not end well. */
export async function time(
  client: Pool,
  { name, path, headers, body, end }: TimedRequest,
): Promise<{ first: number; last: number }> {
  const started = performance.now();
  const response = await client.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  let first: number | null = null;
  const chunks: Buffer[] = [];
  for await (const chunk of response.body) {
    first ??= performance.now() - started;
    chunks.push(chunk as Buffer);
  }
  const last = performance.now() - started;
  const answer = Buffer.concat(chunks);
  const tail = answer.toString('utf8', Math.max(0, answer.length - 400));
  if (response.statusCode !== 200 || first === null || !end.test(tail))
    throw new Error(`${name}: status ${response.statusCode}, ${answer.length} bytes: ${tail}`);
  return { first, last };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
