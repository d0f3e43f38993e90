import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SECRET_FORMATS } from '../../src/text/secret-formats.js';
import { SecretHold } from '../../src/text/secret-hold.js';
import { findSecrets, redactionMark, redactSecrets } from '../../src/text/secrets.js';
import { cutAt } from '../support/chunks.js';
import { SECRET_SAMPLES, SECRETS_IN_CONTEXT, TOKENS } from '../support/secret-samples.js';

/** Texts full of secrets, parts of secrets and what stands between them. */
const secretText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...TOKENS).map(([prefixes, body]) => `${prefixes.split(' ')[0] ?? ''}${body}`),
      fc.constantFrom(...SECRET_SAMPLES.map(([, secret]) => secret)),
      fc.constantFrom(...SECRETS_IN_CONTEXT.map(({ text }) => text)),
      fc
        .tuple(fc.constantFrom(...SECRET_SAMPLES.map(([, secret]) => secret)), fc.nat(90))
        .map(([s, n]) => s.slice(0, n)),
      fc.constantFrom(
        ' ',
        '\n',
        '"',
        '=',
        ':',
        'password',
        'token = "',
        '://',
        '@',
        '-----BEGIN ',
        'PRIVATE KEY-----',
        'word',
        '-',
        '_',
      ),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

function redactInPieces(pieces: readonly string[]): string {
  const hold = new SecretHold();
  const text = pieces.join('');
  let at = 0;
  let redacted = '';
  for (const stretch of [...pieces.flatMap((piece) => hold.push(piece)), ...hold.end()]) {
    redacted += stretch.type === 'clean' ? text.slice(at, at + stretch.length) : redactionMark(stretch.kind);
    at += stretch.length;
  }
  assert.equal(at, text.length);
  return redacted;
}

describe('findSecrets', () => {
  test('each of at least 120 formats has a true example, and what only begins like one is left', () => {
    const exampleOf = new Map(
      TOKENS.flatMap(([prefixes, body]) => prefixes.split(' ').map((prefix) => [prefix, body] as const)),
    );
    assert.ok(new Set(SECRET_FORMATS.map(({ kind }) => kind)).size >= 120);
    for (const { prefix } of SECRET_FORMATS) {
      const shown = prefix === ':AA' ? '123456789:AA' : prefix;
      const body = exampleOf.get(shown) ?? assert.fail(`no example of ${prefix}`);
      const kinds = SECRET_FORMATS.filter((format) => format.prefix === prefix).map(({ kind }) => kind);
      const [found, ...more] = findSecrets(`see ${shown}${body}, please`);
      assert.ok(found !== undefined && kinds.includes(found.kind), `${shown}${body} is not found`);
      assert.deepEqual([found.start, found.end, more], [4, 4 + shown.length + body.length, []], shown);
      for (const miss of [
        `${shown}${body.slice(0, 5)}`,
        shown + body.replace(/[A-Za-z0-9]/g, 'x'),
        `${shown}as the name of a thing`,
        /^[A-Za-z0-9]/.test(prefix) && prefix !== '8Q~' ? `word${shown}${body}` : '',
      ])
        assert.ok(!findSecrets(`see ${miss}, please`).some(({ kind }) => kinds.includes(kind)), miss);
    }
  });

  test('hexadecimal digests of any length are no secrets', () => {
    fc.assert(
      fc.property(fc.constantFrom(32, 40, 56, 64, 96, 128), fc.infiniteStream(fc.nat(15)), (length, digits) => {
        const digest = Array.from(digits.take(length), (digit) => digit.toString(16)).join('');
        assert.deepEqual(findSecrets(`sha: ${digest} "integrity": "sha512-${digest}"`), []);
      }),
    );
  });

  test('finds each format as a whole, whatever stands around it', () => {
    for (const [kind, secret] of SECRET_SAMPLES)
      for (const [before, after] of [
        ['', ''],
        ['Use ', ' now.'],
        ['key = "', '"\n'],
        ['(', ').'],
        ['\n', '\n'],
      ] as const) {
        const text = before + secret + after;
        const [span] = findSecrets(text);
        assert.ok(span, `${kind} not found in ${text}`);
        assert.equal(span.kind, kind);
        assert.equal(text.slice(span.start, span.end), secret);
      }
  });

  test('finds passwords by what they are assigned to', () => {
    for (const { kind, text, secret } of SECRETS_IN_CONTEXT) {
      const spans = findSecrets(text);
      assert.deepEqual(
        spans.map((span) => [span.kind, text.slice(span.start, span.end)]),
        [[kind, secret]],
      );
    }
  });

  test('leaves what only looks like a secret', () => {
    for (const text of [
      'claude-sonnet-4-5-20250929, gpt-4.1-mini-2025-04-14, sk-learn, Qwen2.5-Coder-32B-Instruct',
      'id: 3f2504e0-4f89-41d3-9a0c-0305e82c3301, token = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"',
      'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 commit 9fceb02d0ae598e95dc970b74767f19372d61af8',
      `<img src="data:image/png;base64,${'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ'.repeat(40)}">`,
      'password = os.environ["DB_PASSWORD"]; token = get_token(user_id1); secret = "<your-secret-here>"',
      'password: str = Field(min_length=12); pad_token = "<|endoftext|>"; max_tokens = 4096',
      'api_key="YOUR_API_KEY_123"; password="changeme123"; AKIAIOSFODNN7EXAMPLE; ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
      'postgres://user:password@localhost/db redis://localhost:6379 https://example.com/a:b@c',
      'The file starts with -----BEGIN RSA PRIVATE KEY----- and ends with a footer that looks like it.',
      'model = "mistral-7b-instruct-v0.2"; token = "word-embedding-layer-12"; auth_token = token_from_header',
    ])
      assert.deepEqual(findSecrets(text), [], text);
  });

  test('spans are in order, disjoint and inside the text', () => {
    fc.assert(
      fc.property(secretText, (text) => {
        let end = 0;
        for (const span of findSecrets(text)) {
          assert.ok(span.start >= end && span.end > span.start && span.end <= text.length);
          end = span.end;
        }
      }),
    );
  });

  test('finds a secret that another one ends', () => {
    const sampleOf = (kind: string): string => SECRET_SAMPLES.find(([name]) => name === kind)?.[1] ?? assert.fail(kind);
    const text = `${sampleOf('sendgrid-key').slice(0, -1)}-${sampleOf('aws-access-key-id')}`;
    assert.equal(redactSecrets(text).text, '[REDACTED sendgrid-key][REDACTED aws-access-key-id]');
  });

  test('redaction is idempotent and leaves no secret', () => {
    fc.assert(
      fc.property(secretText, (text) => {
        const once = redactSecrets(text);
        assert.deepEqual(redactSecrets(once.text), { text: once.text, redactions: [] });
      }),
      { numRuns: 500 },
    );
  });

  test('takes time linear in its input', () => {
    const started = performance.now();
    for (const unit of ['ghp_', 'eyJa.', '-----BEGIN PRIVATE KEY-----\n', '://a:', 'password="', ':AA', 'sk-', 'a'])
      findSecrets(unit.repeat(400_000 / unit.length));
    assert.ok(performance.now() - started < 3000);
  });
});

describe('SecretHold', () => {
  test('any chunking redacts like the whole text', () => {
    fc.assert(
      fc.property(secretText, fc.array(fc.nat(400), { maxLength: 6 }), (text, cuts) => {
        const whole = redactSecrets(text).text;
        assert.equal(redactInPieces(cutAt(text, cuts)), whole);
        assert.equal(redactInPieces(Array.from(text)), whole);
      }),
      { numRuns: 300 },
    );
  });

  test('a word without end is let go within a bound, and a secret in it is still found', () => {
    const [, token] = SECRET_SAMPLES.find(([kind]) => kind === 'github-token') ?? assert.fail();
    const text = `${'+'.repeat(28_650)}${token}${'+'.repeat(70_000)}`;
    const hold = new SecretHold();
    for (const character of text) hold.push(character);
    assert.ok(hold.pending.length < 40_000);
    assert.equal(redactInPieces(Array.from(text)), redactSecrets(text).text);
    assert.ok(!redactInPieces([text]).includes(token));
  });

  test('prose flows word by word', () => {
    const hold = new SecretHold();
    assert.deepEqual(hold.push('one two th'), [{ type: 'clean', length: 8 }]);
    assert.equal(hold.pending, 'th');
  });
});
