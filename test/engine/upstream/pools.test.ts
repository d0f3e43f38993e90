import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadConfig } from '../../../src/config.js';
import { parsePools, poolsOf } from '../../../src/engine/upstream/pools.js';
import { PurpgateError } from '../../../src/errors.js';
import { temporaryFolder } from '../../support/folder.js';

const UPSTREAMS = 'upstreams: [{ url: http://a:1/v1 }]';
const secretOf = (variable: string) => (variable === 'VLLM_API_KEY' ? 'sk-hidden' : null);

describe('the file of pools', () => {
  test('is read with its defaults', () => {
    const pools = parsePools(`engines:\n  main:\n    model: m\n    ${UPSTREAMS}\n`, secretOf);
    assert.deepEqual(pools, [
      {
        name: 'main',
        wire: 'openai-chat',
        upstreams: [{ url: 'http://a:1/v1', weight: 1 }],
        model: 'm',
        serves: ['m'],
        apiKey: null,
        rules: 'off',
        forward: ['reasoning_effort'],
        timeouts: { connect: 10_000, firstByte: 300_000, idle: 300_000, total: 3_600_000 },
        inFlight: 256,
        healthCheckMs: null,
        capture: null,
        cacheSalt: 'off',
        adapters: null,
      },
    ]);
  });

  test('is read with all that it may say', () => {
    const [first, second] = parsePools(
      `
engines:
  main:
    wire: openai-chat
    model: their/model
    serves: [ours, also-ours]
    api_key_env: VLLM_API_KEY
    rules: true
    forward: []
    upstreams:
      - { url: 'http://a:1/v1/', weight: 3 }
      - url: https://b/v1
    timeouts: { connect_seconds: 0.5, first_byte_seconds: 2, idle_seconds: 3, total_seconds: 4 }
    limits: { in_flight: 7 }
    prices: { input: 0.5, output: 1.5 }
    adapters: { base_sha256: ${'a'.repeat(64)}, folder: /adapters }
  other: { model: m, ${UPSTREAMS} }
`,
      secretOf,
    );
    assert.equal(second?.name, 'other');
    assert.deepEqual(first, {
      name: 'main',
      wire: 'openai-chat',
      upstreams: [
        { url: 'http://a:1/v1', weight: 3 },
        { url: 'https://b/v1', weight: 1 },
      ],
      model: 'their/model',
      serves: ['ours', 'also-ours'],
      apiKey: 'sk-hidden',
      rules: 'on',
      forward: [],
      timeouts: { connect: 500, firstByte: 2000, idle: 3000, total: 4000 },
      inFlight: 7,
      healthCheckMs: 10_000,
      capture: null,
      cacheSalt: 'off',
      adapters: { baseSha256: 'a'.repeat(64), folder: '/adapters' },
      prices: { input: 0.5, output: 1.5 },
    });
  });

  const pool = (fields: string) => `engines: { main: { model: m, ${fields} } }`;
  for (const [text, message] of [
    ['', 'expected a mapping'],
    ['engines: {}', 'engines: expected at least one pool'],
    ['engine: {}', 'engine: is not known; known are engines'],
    ['engines: { Main: {} }', 'engines.Main: the name of a pool'],
    ['engines: { main: [] }', 'engines.main: expected a mapping'],
    [`engines: { main: { ${UPSTREAMS} } }`, 'engines.main.model: expected a text'],
    [pool('upstreams: []'), 'engines.main.upstreams: expected a list that is not empty'],
    [
      pool('upstreams: [{ url: http://a/v1 }, { url: localhost:8000 }]'),
      'engines.main.upstreams[1].url: expected a URL',
    ],
    [
      pool('upstreams: [{ url: http://a/v1 }, { url: http://a/v1/ }]'),
      'engines.main.upstreams[1].url: stands there twice',
    ],
    [pool('upstreams: [{ url: http://me:hidden@a/v1 }]'), 'engines.main.upstreams[0].url: holds credentials'],
    [pool('upstreams: [{ url: http://a/v1?key=hidden }]'), 'engines.main.upstreams[0].url: expected no query'],
    [pool('upstreams: [{ url: http://a/v1, wieght: 2 }]'), 'engines.main.upstreams[0].wieght: is not known'],
    [pool('upstreams: [{ url: http://a/v1, weight: 0 }]'), 'engines.main.upstreams[0].weight: expected a whole number'],
    [pool(`${UPSTREAMS}, timeouts: { idle: 3 }`), 'engines.main.timeouts.idle: is not known'],
    [pool(`${UPSTREAMS}, timeouts: { idle_seconds: 3s }`), 'engines.main.timeouts.idle_seconds: expected a number'],
    [pool(`${UPSTREAMS}, limits: { in_flight: 1.5 }`), 'engines.main.limits.in_flight: expected a whole number'],
    [pool(`${UPSTREAMS}, prices: { input: 1 }`), 'engines.main.prices.output: expected a number'],
    [pool(`${UPSTREAMS}, rules: maybe`), 'engines.main.rules: expected true or false'],
    [pool(`${UPSTREAMS}, tokenizer: /models/m`), 'engines.main.tokenizer: it checks captured tokens'],
    [pool(`${UPSTREAMS}, forward: [cache_salt]`), 'engines.main.forward: cache_salt would walk around'],
    [pool(`${UPSTREAMS}, adapters: { folder: /a }`), 'engines.main.adapters.base_sha256: expected a text'],
    [
      pool(`${UPSTREAMS}, adapters: { base_sha256: purp, folder: /a }`),
      'engines.main.adapters.base_sha256: expected 64 hexadecimal digits',
    ],
    [
      pool(`${UPSTREAMS}, wire: openai-responses, adapters: { base_sha256: ${'a'.repeat(64)}, folder: /a }`),
      'engines.main.adapters: openai-responses loads none',
    ],
    [
      `engines: { a: { model: a, ${UPSTREAMS}, adapters: { base_sha256: ${'a'.repeat(64)}, folder: /a } }, b: { model: b, ${UPSTREAMS}, adapters: { base_sha256: ${'b'.repeat(64)}, folder: /b } } }`,
      'engines.b.adapters: another pool serves the versions already',
    ],
    [pool(`${UPSTREAMS}, wire: grpc`), 'engines.main.wire: expected one of openai-chat'],
    [
      pool(`${UPSTREAMS}, wire: anthropic-messages, capture: true`),
      'engines.main.capture: anthropic-messages tells no',
    ],
    [
      pool(`${UPSTREAMS}, wire: openai-responses, cache_salt: true`),
      'engines.main.cache_salt: openai-responses has no',
    ],
    [pool(`${UPSTREAMS}, forward: [previous_response_id]`), 'engines.main.forward: previous_response_id would walk'],
    [pool(`${UPSTREAMS}, forward: [chat_template]`), 'engines.main.forward: chat_template would walk around'],
    [pool(`${UPSTREAMS}, serves: [a, 5]`), 'engines.main.serves[1]: expected a text'],
    [pool(`${UPSTREAMS}, serves: []`), 'engines.main.serves: expected at least one'],
    [
      pool(`${UPSTREAMS}, api_key_env: NOT_SET`),
      'engines.main.api_key_env: the environment variable NOT_SET is not set',
    ],
    [pool(`${UPSTREAMS}, api_key_env: sk-hidden`), 'engines.main.api_key_env: expected the name of'],
    [
      `engines: { a: { model: m, ${UPSTREAMS} }, b: { model: m, ${UPSTREAMS} } }`,
      'engines.b.serves: engines.a serves "m"',
    ],
    ['engines: { main: {}, main: {} }', 'ENGINES_FILE: Map keys must be unique'],
    ['engines: [', 'ENGINES_FILE: '],
  ] as const)
    test(`is refused, by the path of what is wrong: ${message}`, () => {
      assert.throws(
        () => parsePools(text, secretOf),
        (error) =>
          error instanceof PurpgateError &&
          error.code === 'setting_invalid' &&
          error.publicMessage.includes(message) &&
          !error.publicMessage.includes('hidden'),
        message,
      );
    });
});

describe('the pools of a configuration', () => {
  test('forward by default what their wire knows', () => {
    const forwardOf = (wire: string) =>
      parsePools(`engines: { main: { model: m, ${UPSTREAMS}, wire: ${wire} } }`, secretOf)[0].forward;
    assert.deepEqual(forwardOf('anthropic-messages'), ['thinking']);
    assert.deepEqual(forwardOf('openai-responses'), ['reasoning_effort']);
  });

  test('are none, the one of UPSTREAM_URL, or those of the file, never both', async (context) => {
    assert.deepEqual(poolsOf(loadConfig({})), []);
    const single = { UPSTREAM_URL: 'http://a:1/v1', UPSTREAM_MODEL: 'm', UPSTREAM_RULES: 'on' };
    const [pool] = poolsOf(loadConfig({ ...single, UPSTREAM_API_KEY: 'k', UPSTREAM_IDLE_TIMEOUT_SECONDS: '7' }));
    assert.deepEqual([pool?.serves, pool?.apiKey, pool?.rules, pool?.timeouts.idle], [['m'], 'k', 'on', 7000]);
    const file = join(await temporaryFolder(context), 'engines.yaml');
    assert.throws(() => poolsOf(loadConfig({ ENGINES_FILE: file })), /ENGINES_FILE \(is ".*engines\.yaml"\): ENOENT/);
    await writeFile(file, `engines: { main: { model: m, ${UPSTREAMS} } }`);
    assert.equal(poolsOf(loadConfig({ ENGINES_FILE: file })).length, 1);
    assert.throws(
      () => loadConfig({ ENGINES_FILE: file, ...single }),
      /ENGINES_FILE: cannot be set beside UPSTREAM_URL/,
    );
  });
});
