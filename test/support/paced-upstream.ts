/**
 * A process of its own: an OpenAI-compatible server that streams `max_tokens` tokens, so many a second. Forked; it tells its base URL, without
 * `/v1`, as a message, and ends with its parent.
 *
 *   paced-upstream.js TOKENS_PER_SECOND
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Delta } from '../../src/types.js';
import { chunkOf } from './upstream-chunks.js';

/** Prose, a block of code that is whole, and prose again, over and over. */
const TEXT = `The function below opens the file, reads the settings and gives them back as a mapping. It refuses what is no mapping.

\`\`\`python
from pathlib import Path

import yaml


def load_config(path: str) -> dict:
    with Path(path).open(encoding="utf-8") as file:
        settings = yaml.safe_load(file)
    if not isinstance(settings, dict):
        raise ValueError("expected a mapping")
    return settings
\`\`\`

Call it with the path of your file. \`safe_load\` builds plain values only, so a file from a stranger cannot run code.

`;
const TOKENS = TEXT.match(/[^]{1,5}/g) ?? [];

const event = (delta: Delta): string => `data: ${JSON.stringify(chunkOf(delta, 'chat'))}\n\n`;
const PIECES = TOKENS.map((text) => event({ type: 'text', choice: 0, text }));

async function answer(request: IncomingMessage, response: ServerResponse, everyMs: number): Promise<void> {
  const { max_tokens: length } = (await json(request)) as { max_tokens: number };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < length) response.write(PIECES[sent++ % PIECES.length]);
    else {
      clearInterval(timer);
      const usage = { promptTokens: 20, completionTokens: length, reasoningTokens: 0 };
      const end = event({ type: 'finish', choice: 0, reason: 'stop' }) + event({ type: 'usage', usage });
      response.end(`${end}data: [DONE]\n\n`);
    }
  }, everyMs);
  response.on('close', () => {
    clearInterval(timer);
  });
}

const everyMs = 1000 / Number(process.argv[2]);
const server = createServer((request, response) => {
  response.on('error', () => undefined);
  answer(request, response, everyMs).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('disconnect', () => process.exit(0));
