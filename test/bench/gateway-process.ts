/**
 * A process of its own for what a gateway is measured beside, so that nobody's work is done on another's thread. Prints its base URL.
 *
 *   node dist/test/bench/gateway-process.js upstream | pass-through URL
 *
 * The upstream gives its first token after `DELAY_MS` and the rest at once; `PUT /delay` with a number of milliseconds changes that.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPassThrough } from './pass-through.js';

const DELAY_MS = 50;
const PIECES = Array.from({ length: 24 }, (_, at) => ['The sea ', 'is wide ', 'and deep, '][at % 3] ?? '');

const frame = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'example-model' };
const usage = { prompt_tokens: 10, completion_tokens: PIECES.length, total_tokens: 10 + PIECES.length };
const chunk = (fields: object): string =>
  `data: ${JSON.stringify({ ...frame, object: 'chat.completion.chunk', ...fields })}\n\n`;
const delta = (content: object, reason: string | null = null): string =>
  chunk({ choices: [{ index: 0, delta: content, finish_reason: reason }] });

const [first = '', ...rest] = PIECES;
const STREAM_BEGIN = delta({ role: 'assistant', content: first });
const STREAM_REST = [
  ...rest.map((content) => delta({ content })),
  delta({}, 'stop'),
  chunk({ choices: [], usage }),
  'data: [DONE]\n\n',
].join('');
const WHOLE = JSON.stringify({
  ...frame,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: PIECES.join('') }, finish_reason: 'stop' }],
  usage,
});

function answer(response: ServerResponse, isStream: boolean): void {
  if (!isStream) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(WHOLE) });
    response.end(WHOLE);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(STREAM_BEGIN);
  response.end(STREAM_REST);
}

function startUpstream(): Promise<string> {
  let delayMs = DELAY_MS;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      if (request.method === 'PUT') {
        delayMs = Number(body.toString());
        response.end();
        return;
      }
      // Looked for at both ends, where gateways put it: parsing the whole would be work of the upstream that takes from the measured.
      const isStream = [body.subarray(0, 400), body.subarray(-400)].some((part) =>
        /"stream":\s*true/.test(String(part)),
      );
      if (delayMs === 0) answer(response, isStream);
      else setTimeout(answer, delayMs, response, isStream);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

const [role, upstream = ''] = process.argv.slice(2);
console.log(role === 'upstream' ? await startUpstream() : (await startPassThrough(upstream)).url);
