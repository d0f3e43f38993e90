/**
 * The guard covers every protocol, streamed or not, and every part of an answer that can carry code, for weaknesses whose parts stand
 * together, far apart, or in a helper that is called later: no byte of the weak statement leaves, and the verdict says why. The documented
 * bound of statement-wise release: a helper that only its call makes weak is out when the call is withheld; by block, or in a tool call, it is not.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Delta, JsonObject } from '../../src/types.js';
import { startGateway, UPSTREAM_MODEL, type StartedGateway } from '../support/gateway.js';
import {
  completion,
  startScriptedUpstream,
  toolCompletion,
  type Script,
  type ScriptedUpstream,
} from '../support/scripted-upstream.js';
import { KEY } from '../http/support.js';

/** Stands in the weak statement and nowhere else. */
const TELLTALE = 'ledger_7';
/** Stands in the call of the helper, and nowhere else. */
const CALL = 'holder_8';
const LATER = 'in a helper that is called later';
const PREAMBLE = 'import sqlite3\n\n';
const neutral = (count: number): string =>
  Array.from({ length: count }, (_, n) => `    step_${n} = ${n} * 2 + 1\n`).join('');

const PLANTS: Readonly<Record<string, string>> = {
  'in one line': `${PREAMBLE}def find(connection, name):\n    return connection.execute("SELECT * FROM ${TELLTALE} WHERE holder = '" + name + "'")\n`,
  '40 lines from its source': `${PREAMBLE}def find(connection, request):\n    name = request.args["name"]\n${neutral(40)}    return connection.execute("SELECT * FROM ${TELLTALE} WHERE holder = '" + name + "'")\n`,
  [LATER]: `${PREAMBLE}def look_up(connection, clause):\n    return connection.execute("SELECT * FROM ${TELLTALE} WHERE " + clause)\n\n\ndef count(connection):\n${neutral(12)}    return step_3\n\n\ndef find(connection, request):\n    return look_up(connection, "${CALL} = '" + request.args["name"] + "'")\n`,
};
const CLEAN = `${PREAMBLE}def find(connection, name):\n    return connection.execute("SELECT * FROM ${TELLTALE} WHERE holder = ?", (name,))\n`;

type Carrier = 'content' | 'reasoning' | 'a tool call' | 'two choices';
const fenced = (code: string): string => `Here it is.\n\n\`\`\`python\n${code}\`\`\`\n\nThat is all.`;
const CHARACTERS = 7;

function pieces(text: string): Delta[] {
  return Array.from(
    { length: Math.ceil(text.length / CHARACTERS) },
    (_, at): Delta => ({ type: 'reasoning', choice: 0, text: text.slice(at * CHARACTERS, (at + 1) * CHARACTERS) }),
  );
}

function answerWith(carrier: Carrier, code: string): Script['steps'] {
  switch (carrier) {
    case 'content':
      return completion(fenced(code), { size: CHARACTERS });
    case 'two choices':
      return completion(fenced(code), { size: CHARACTERS, choices: 2 });
    case 'reasoning': {
      const said = completion('I thought about it.', { size: CHARACTERS });
      return [...pieces(fenced(code)).map((delta) => ({ delta })), ...said];
    }
    case 'a tool call':
      return toolCompletion([{ name: 'write_file', arguments: JSON.stringify({ path: 'find.py', content: code }) }], {
        size: CHARACTERS,
      });
  }
}

const SCHEMA = { type: 'object', properties: { path: { type: 'string' }, content: { type: 'string' } } };
const ASKED = 'Look up a row by its holder.';

interface Protocol {
  readonly path: string;
  readonly carriers: readonly Carrier[];
  readonly body: (carrier: Carrier) => JsonObject;
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  'chat completions': {
    path: '/v1/chat/completions',
    carriers: ['content', 'reasoning', 'a tool call', 'two choices'],
    body: (carrier) => ({
      messages: [{ role: 'user', content: ASKED }],
      ...(carrier === 'two choices' ? { n: 2 } : {}),
      ...(carrier === 'a tool call'
        ? { tools: [{ type: 'function', function: { name: 'write_file', parameters: SCHEMA } }] }
        : {}),
    }),
  },
  responses: {
    path: '/v1/responses',
    carriers: ['content', 'reasoning', 'a tool call'],
    body: (carrier) => ({
      input: ASKED,
      ...(carrier === 'a tool call'
        ? { tools: [{ type: 'function', name: 'write_file', parameters: SCHEMA, strict: false }] }
        : {}),
    }),
  },
  messages: {
    path: '/v1/messages',
    carriers: ['content', 'reasoning', 'a tool call'],
    body: (carrier) => ({
      max_tokens: 4096,
      messages: [{ role: 'user', content: ASKED }],
      ...(carrier === 'reasoning' ? { thinking: { type: 'enabled', budget_tokens: 1024 } } : {}),
      ...(carrier === 'a tool call' ? { tools: [{ name: 'write_file', input_schema: SCHEMA }] } : {}),
    }),
  },
  completions: {
    path: '/v1/completions',
    carriers: ['content', 'two choices'],
    body: (carrier) => ({ prompt: ASKED, max_tokens: 4096, ...(carrier === 'two choices' ? { n: 2 } : {}) }),
  },
};

type PolicyName = 'default' | 'strict';

interface Asked {
  readonly policy: PolicyName;
  readonly code: string;
  readonly stream: boolean;
}

describe('the coverage of the guard', () => {
  let upstream: ScriptedUpstream;
  let gateways: Readonly<Record<PolicyName, StartedGateway>>;
  before(async () => {
    upstream = await startScriptedUpstream({ steps: [] });
    const gatewayOf = (policy: PolicyName) =>
      startGateway(upstream.url, { settings: { GUARD_POLICY: policy, REQUESTS_PER_MINUTE: '1000000' } });
    gateways = { default: await gatewayOf('default'), strict: await gatewayOf('strict') };
  });
  after(async () => {
    await gateways.default.stop();
    await gateways.strict.stop();
    await upstream.stop();
  });

  async function ask({ path, body }: Protocol, carrier: Carrier, { policy, code, stream }: Asked): Promise<string> {
    upstream.answer = { steps: answerWith(carrier, code) ?? [] };
    const response = await fetch(`${gateways[policy].url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: UPSTREAM_MODEL, stream, ...body(carrier) }),
    });
    const received = await response.text();
    assert.equal(response.status, 200, received);
    return `${received}\n${stream ? joined(received) : ''}`;
  }

  for (const [protocol, form] of Object.entries(PROTOCOLS))
    for (const carrier of form.carriers)
      for (const stream of [true, false]) {
        const place = `${protocol}, ${stream ? 'streamed' : 'as one body'}, ${carrier}`;
        for (const [plant, code] of Object.entries(PLANTS))
          for (const policy of plant === LATER ? (['default', 'strict'] as const) : (['default'] as const)) {
            const isBound = policy === 'default' && plant === LATER && carrier !== 'a tool call';
            test(`${place}, ${policy}: a weakness ${plant} ${isBound ? 'is cut off at the call' : 'stays with us'}`, async () => {
              const received = await ask(form, carrier, { policy, code, stream });
              assert.ok(!received.includes(isBound ? CALL : TELLTALE), received);
              assert.match(received, /CWE-89/);
            });
          }
        test(`${place}: what has no weakness arrives`, async () => {
          const received = await ask(form, carrier, { policy: 'default', code: CLEAN, stream });
          assert.ok(received.includes(TELLTALE));
        });
      }
});

const SPOKEN = new Set(['content', 'reasoning_content', 'text', 'delta', 'arguments', 'partial_json', 'thinking']);

/** What the chunks of a stream say, put together per choice: a name that is cut over chunks is whole again here. */
function joined(stream: string): string {
  const choices = new Map<number, string>();
  const read = (value: unknown, choice: number): void => {
    if (typeof value !== 'object' || value === null) return;
    const own = 'index' in value && 'finish_reason' in value && typeof value.index === 'number' ? value.index : choice;
    for (const [name, field] of Object.entries(value))
      if (typeof field === 'string' && SPOKEN.has(name)) choices.set(own, (choices.get(own) ?? '') + field);
      else read(field, own);
  };
  for (const line of stream.split('\n')) if (line.startsWith('data: {')) read(JSON.parse(line.slice(6)), 0);
  return [...choices.values()].join('\n');
}
