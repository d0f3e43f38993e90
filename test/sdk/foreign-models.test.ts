/** Official clients through the gateway to providers that speak other wires, with the guard between. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { type CodeScanner, createCodeScanner } from '../../src/guard/code/scanner.js';
import { KEY } from '../http/support.js';
import { makeFolder } from '../support/folder.js';
import { startGateway, type StartedGateway } from '../support/gateway.js';
import {
  completion,
  startScriptedUpstream,
  textDeltas,
  steps,
  toolCompletion,
  type ScriptedUpstream,
} from '../support/scripted-upstream.js';
import { typedEvent } from '../support/upstream-events.js';

const SECRET_VARIABLE = 'TEST_PROVIDER_KEY';
const PROVIDER_KEY = 'sk-provider-secret';
const STATEMENT = `connection.execute("SELECT * FROM ledger_7 WHERE holder_7 = '" + name + "'")`;
const CODE = `import sqlite3\n\ndef find_user(connection, name):\n    rows = ${STATEMENT}\n    return rows.fetchone()\n`;
const ANSWER = `Here it is.\n\n\`\`\`python\n${CODE}\`\`\`\n`;
const question = [{ role: 'user' as const, content: 'Look up a user by name.' }];
const PARAMETERS = { type: 'object' as const, properties: {} };

let scanner: CodeScanner;
before(async () => {
  scanner = await createCodeScanner({ workers: 1 });
});
after(() => scanner.stop());

for (const [wire, path] of [
  ['anthropic-messages', '/v1/messages'],
  ['openai-responses', '/v1/responses'],
] as const)
  describe(`official clients before a provider that speaks ${wire}`, { timeout: 60_000 }, () => {
    let provider: ScriptedUpstream;
    let gateway: StartedGateway;
    let folder: string;
    let openai: OpenAI;
    let anthropic: Anthropic;

    before(async () => {
      folder = await makeFolder();
      provider = await startScriptedUpstream({});
      const file = join(folder, 'engines.yaml');
      const pool = { wire, model: 'their-model', serves: ['ours'], api_key_env: SECRET_VARIABLE };
      const engines = { main: { ...pool, upstreams: [{ url: provider.url }] } };
      await writeFile(file, JSON.stringify({ engines }));
      process.env[SECRET_VARIABLE] = PROVIDER_KEY;
      gateway = await startGateway(null, { settings: { ENGINES_FILE: file }, scanner });
      openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: KEY, maxRetries: 0 });
      anthropic = new Anthropic({ baseURL: gateway.url, apiKey: KEY, maxRetries: 0 });
    });
    beforeEach(() => {
      provider.answer = { steps: completion('Hello ☕', { size: 2 }) };
    });
    after(async () => {
      process.env[SECRET_VARIABLE] = '';
      await gateway.stop();
      await provider.stop();
      await rm(folder, { recursive: true });
    });

    const chat = () => openai.chat.completions.create({ model: 'ours', messages: question });
    const messages = () =>
      anthropic.messages.stream({ model: 'ours', max_tokens: 99, messages: question }).finalMessage();
    const responses = () => openai.responses.create({ model: 'ours', input: question });

    test('each gets its answer, and the provider the key of the operator alone', async () => {
      const [first, second, third] = [await chat(), await messages(), await responses()];
      assert.equal(first.choices[0]?.message.content, 'Hello ☕');
      assert.deepEqual(
        second.content.map((block) => block.type === 'text' && block.text),
        ['Hello ☕'],
      );
      assert.equal(third.output_text, 'Hello ☕');
      assert.deepEqual([first.usage?.completion_tokens, second.usage.output_tokens], [20, 20]);
      for (const { headers, body, path: asked } of provider.requests) {
        assert.equal(asked, path);
        assert.equal(body['model'], 'their-model');
        const key =
          wire === 'anthropic-messages' ? headers['x-api-key'] : headers.authorization?.replace('Bearer ', '');
        assert.equal(key, PROVIDER_KEY);
        assert.ok(!JSON.stringify([headers, body]).includes(KEY));
      }
    });

    test('a planted injection is withheld from each', async () => {
      provider.answer = { steps: completion(ANSWER, { size: 5 }) };
      for (const ask of [chat, messages, responses]) {
        const text = JSON.stringify(await ask());
        assert.doesNotMatch(text, /ledger_7|holder_7/);
        assert.match(text, /CWE-89/);
      }
    });

    test('so is one in the arguments of a call, while harmless calls pass', async () => {
      const ask = (content: string) => {
        provider.answer = {
          steps: toolCompletion([{ name: 'write_file', arguments: JSON.stringify({ path: 'users.py', content }) }], {
            size: 7,
          }),
        };
        const tools = [{ type: 'function' as const, function: { name: 'write_file', parameters: PARAMETERS } }];
        return openai.chat.completions.create({ model: 'ours', messages: question, tools });
      };
      const blocked = await ask(CODE);
      assert.doesNotMatch(JSON.stringify(blocked), /ledger_7|holder_7/);
      assert.equal(blocked.choices[0]?.finish_reason, 'stop');
      const passed = await ask('print(1)\n');
      assert.equal(passed.choices[0]?.finish_reason, 'tool_calls');
      assert.match(JSON.stringify(passed.choices[0].message.tool_calls), /print\(1\)/);
    });

    test('an error in mid-stream is an error to each, and never a clean end', async () => {
      const failure = typedEvent('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
      provider.answer = { steps: [...steps(textDeltas('begin')), { bytes: failure }] };
      for (const ask of [chat, messages, responses]) await assert.rejects(ask(), /model server/);
    });

    test('what the provider refuses is told in its words, without the key', async () => {
      const error = { type: 'invalid_request_error', message: `temperature: range: 0..1 (${PROVIDER_KEY})` };
      provider.answer = { status: 400, body: { type: 'error', error } };
      await assert.rejects(chat(), (thrown: Error & { status?: number }) => {
        assert.equal(thrown.status, 400);
        assert.match(thrown.message, /temperature: range/);
        assert.doesNotMatch(thrown.message, /provider-secret/);
        return true;
      });
    });
  });
