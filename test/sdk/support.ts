/** What the drivers of all SDKs share: a gateway before a scripted upstream, and what is asked of it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach } from 'node:test';
import type { JsonObject } from '../../src/types.js';
import { CALLER, KEY } from '../http/support.js';
import { startGateway, type StartedGateway } from '../support/gateway.js';
import { ruleBasedModel } from '../support/rule-based-model.js';
import { completion, startScriptedUpstream, type Script, type ScriptedUpstream } from '../support/scripted-upstream.js';

/** The key of a caller who has had all its requests of this minute. */
export const LIMITED_KEY = 'pg-limited';
export const WRONG_KEY = 'pg-wrong';

export const PROMPT = 'Greet the world.';
export const GREETING = 'Hello, world: ☕ and 日本語.';
export const TOOL = {
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: {
    type: 'object' as const,
    properties: { city: { type: 'string' as const } },
    required: ['city'],
    additionalProperties: false,
  },
};
export const TOOL_PROMPT = 'What is the weather in Paris?';
export const TOOL_ARGUMENTS = { city: 'Paris' };
export const TOOL_RESULT = '18 degrees and rain';
/** The model fills it from the prompt. */
export const PERSON_SCHEMA = {
  type: 'object' as const,
  properties: { name: { type: 'string' as const }, age: { type: 'integer' as const } },
  required: ['name', 'age'],
  additionalProperties: false,
};
export const PERSON_PROMPT = 'A person with the name Ada who is 36 years old.';
export const PERSON = { name: 'Ada', age: 36 };

export class Scene {
  #upstream: ScriptedUpstream | null = null;
  #gateway: StartedGateway | null = null;

  async start(): Promise<void> {
    this.#upstream = await startScriptedUpstream(ruleBasedModel);
    this.#gateway = await startGateway(this.#upstream.url, {
      callers: {
        [KEY]: { ...CALLER, requestsPerMinute: 10_000 },
        [LIMITED_KEY]: { ...CALLER, keyId: 'bbbbbbbbbbbb', requestsPerMinute: 1 },
      },
    });
    await fetch(`${this.url}/v1/models`, { headers: { authorization: `Bearer ${LIMITED_KEY}` } });
  }

  async stop(): Promise<void> {
    await this.#gateway?.stop();
    await this.#upstream?.stop();
  }

  /** Without `/v1`. */
  get url(): string {
    assert.ok(this.#gateway !== null);
    return this.#gateway.url;
  }

  get upstream(): ScriptedUpstream {
    assert.ok(this.#upstream !== null);
    return this.#upstream;
  }

  greet(): void {
    this.upstream.answer = { steps: completion(GREETING, { size: 3 }) };
  }

  /** Answers a little, then nothing more; resolves with how the upstream's connection ended. */
  async hang(): Promise<'completed' | 'client_left' | 'hung_up'> {
    const steps: Script['steps'] = [
      { delta: { type: 'text', choice: 0, text: `${GREETING}\n\n${GREETING}\n\n` } },
      { wait: new Promise(() => undefined) },
    ];
    this.upstream.answer = { steps };
    const { ended } = await this.upstream.nextRequest();
    return ended;
  }

  /** As the upstream got it. */
  get lastRequest(): { readonly path: string; readonly body: JsonObject } {
    const request = this.upstream.requests.at(-1);
    assert.ok(request !== undefined);
    return request;
  }

  /** Messages of the last request, as the upstream got them. */
  get lastMessages(): readonly JsonObject[] {
    return (this.lastRequest.body['messages'] ?? []) as readonly JsonObject[];
  }

  /** The last request says what the tool was called with and what it gave. */
  assertToolRoundTrip(): void {
    const [call, result] = this.lastMessages.slice(-2);
    const calls = (call?.['tool_calls'] ?? []) as readonly {
      id: string;
      function: { name: string; arguments: string };
    }[];
    assert.equal(calls[0]?.function.name, TOOL.name);
    assert.deepEqual(JSON.parse(calls[0].function.arguments), TOOL_ARGUMENTS);
    assert.deepEqual(result, { role: 'tool', tool_call_id: calls[0].id, content: TOOL_RESULT });
  }
}

/** One scene for a file, whose upstream follows the rules again before each test. */
export function openScene(): Scene {
  const scene = new Scene();
  before(() => scene.start());
  after(() => scene.stop());
  beforeEach(() => {
    scene.upstream.answer = ruleBasedModel;
  });
  return scene;
}
