/** Clients that stream without a pause, some of which leave early. */
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { Random } from '../../src/lm/random.js';

interface LoadOptions {
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly streams: number;
  /** Of a stream, as the upstream paces it. */
  readonly tokensPerSecond: number;
  /** Share of the requests whose client leaves before the end, in [0, 1]. */
  readonly leaving: number;
}

const SHORTEST_TOKENS = 20;
const LONGEST_TOKENS = 400;
/** Over which the streams begin, so that their ends are spread, too. */
const RAMP_MS = 5_000;
const PROMPTS = [
  'Write a Python function load_config that reads settings from a YAML file.',
  'What does safe_load do that load does not?',
  'Explain how this project reads its settings.',
];

export class SoakLoad {
  /** Requests that were answered, those included whose client left. */
  answered = 0;
  left = 0;
  /** Neither ended by `[DONE]` nor left. */
  failed = 0;
  firstFailure: string | null = null;
  readonly #agent = new Agent({ connections: null, pipelining: 1 });
  readonly #clients: Promise<void>[];
  #isRunning = true;

  constructor(private readonly options: LoadOptions) {
    this.#clients = Array.from({ length: options.streams }, (_, client) => this.#client(client));
  }

  /** Resolves when the streams under way have ended. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#clients);
    await this.#agent.close();
  }

  async #client(client: number): Promise<void> {
    const random = new Random(client + 1);
    await delay((RAMP_MS * client) / this.options.streams);
    while (this.#isRunning) {
      try {
        await this.#stream(random);
      } catch (thrown) {
        this.failed += 1;
        this.firstFailure ??= String(thrown);
        await delay(100);
      }
    }
  }

  async #stream(random: Random): Promise<void> {
    const { url, key, model, leaving, tokensPerSecond } = this.options;
    const tokens = Math.round(SHORTEST_TOKENS + random.uniform() * (LONGEST_TOKENS - SHORTEST_TOKENS));
    const leavesAfterMs = random.uniform() < leaving ? (1000 * random.uniform() * tokens) / tokensPerSecond : Infinity;
    const startedAt = performance.now();
    const content = PROMPTS[Math.floor(random.uniform() * PROMPTS.length)];
    const { statusCode, body } = await request(`${url}/v1/chat/completions`, {
      dispatcher: this.#agent,
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, stream: true, max_tokens: tokens, messages: [{ role: 'user', content }] }),
    });
    this.answered += 1;
    let end = '';
    for await (const chunk of body) {
      end = (end + String(chunk)).slice(-32);
      if (performance.now() - startedAt < leavesAfterMs) continue;
      this.left += 1;
      return;
    }
    if (statusCode !== 200 || !end.endsWith('data: [DONE]\n\n'))
      throw new Error(`a stream with status ${statusCode} ended with ${end}`);
  }
}
