/** Clients that ask without an end while parts of purpgate are killed, and know what was acknowledged. */
import { setTimeout as delay } from 'node:timers/promises';

const PROMPTS = [
  'Write a Python function find_user that looks up a user by name in SQLite.',
  'Write a Python function add_numbers that adds two numbers.',
  'What is CWE-89?',
  'Hello!',
];
/** After a request that failed. */
const BACK_OFF_MS = 100;

interface Place {
  readonly url: string;
  readonly clientKey: string;
}

interface KillLoadOptions {
  readonly clients: number;
  readonly model: string;
  /** Of a client between an answer and its next request. */
  readonly pauseMs?: number;
  /** Where purpgate is at this moment. */
  readonly place: () => Place;
}

/** Acknowledged means that the client saw the end of the response: `[DONE]` of a stream, or the whole body otherwise. */
export class KillLoad {
  /** Ids of the requests. */
  readonly acknowledged = new Set<string>();
  failed = 0;
  #running = true;
  readonly #clients: readonly Promise<void>[];

  constructor(private readonly options: KillLoadOptions) {
    this.#clients = Array.from({ length: options.clients }, (_, client) => this.#client(client));
  }

  /** Waits for what is in flight. Idempotent. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
  }

  async #client(client: number): Promise<void> {
    for (let turn = client; this.#running; turn += 1) {
      const id = await this.#request(turn).catch(() => null);
      if (id === null) this.failed += 1;
      else this.acknowledged.add(id);
      await delay(id === null ? BACK_OFF_MS : (this.options.pauseMs ?? 0));
    }
  }

  /** The id of an acknowledged request, else null. */
  async #request(turn: number): Promise<string | null> {
    const { url, clientKey } = this.options.place();
    const stream = turn % 2 === 0;
    const content = PROMPTS[turn % PROMPTS.length];
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${clientKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: this.options.model,
        stream,
        max_tokens: 96,
        messages: [{ role: 'user', content }],
      }),
    });
    const body = await response.text();
    const isAcknowledged = response.status === 200 && (!stream || body.trimEnd().endsWith('data: [DONE]'));
    return isAcknowledged ? response.headers.get('x-request-id') : null;
  }
}
