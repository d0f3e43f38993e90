import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { packageRoot } from '../../src/config.js';
import { findPersonalData } from '../../src/text/personal-data.js';
import { PERSONAL_SAMPLES } from '../support/personal-samples.js';

const found = (text: string): string[] =>
  findPersonalData(text).map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`);

const NOBODYS: readonly string[] = [
  'user@example.com, admin@mail.example.org, a@b.test and root@localhost',
  'git@github.com:team/project.git and noreply@github.com',
  'icon@2x.png, getty@tty1.service, @types/node@20.19.0, foo@latest',
  '@app.route("/users/<id>")\ndef show(id): ...',
  'https://deploy@build.acme.io/repo',
  'version 4.18.2.1, v1.102.33.4, ==3.120.40.2',
  '127.0.0.1, 10.1.2.3, 192.168.0.17, 172.20.0.5, 203.0.113.9, 8.8.8.8, 0.0.0.0',
  '4111 1111 1111 1111, 4242424242424242 and 378282246310005 are for tests',
  'invoice 4539578763621487, order 5425233430109900',
  'DE89 3704 0044 0532 0130 00 is the example of the standard, DE75512108001245126198 has a wrong digit',
  'call +1 (415) 555-0132 in the film',
  '+ 1234567890 lines\n+12345678',
  'id 536-22-8726, part 86 095 742 719, lot 2341 2341 2346',
  'timestamp 1700000000000, hash 4539578763621486aa, 2024-01-02 03:04:05',
  'Turn into 742 Elm Ridge Avenue and go on; the Hauptstraße 5 exit is closed',
  'sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'from 0.5371849203 to 3.1415926535897931',
];

describe('personal data', () => {
  for (const { kind, before, data } of PERSONAL_SAMPLES)
    test(`is found: ${kind} ${data}`, () => {
      assert.deepEqual(found(`${before}${data}, thank you.`), [`${kind} ${data}`]);
      assert.deepEqual(found(`{"text": "${before}${data}"}`), [`${kind} ${data}`]);
    });

  for (const text of NOBODYS)
    test(`is not seen in: ${text.slice(0, 60)}`, () => {
      assert.deepEqual(found(text), []);
    });

  test('spans are in order, disjoint and inside of the text, whatever the text', () => {
    const pieces = fc.constantFrom(
      ...PERSONAL_SAMPLES.map(({ before, data }) => before + data),
      ...NOBODYS,
      ' ',
      '\n',
      '@',
      '+49 ',
      '1.2',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
        const text = parts.join('');
        let end = 0;
        for (const span of findPersonalData(text)) {
          assert.ok(span.start >= end && span.end > span.start && span.end <= text.length);
          end = span.end;
        }
      }),
    );
  });

  test('takes time in proportion to the text', () => {
    for (const piece of ['a.', '1', '1 ', '+1 ', '@a', 'A1', 'DE89 ', '4 4', '1.1.', 'address '])
      for (const text of [piece.repeat(100_000)]) {
        const started = performance.now();
        findPersonalData(text);
        assert.ok(performance.now() - started < 2000, piece);
      }
  });

  test("is hardly seen in the project's own sources and documents", () => {
    const files = ['src', 'docs', 'trainer'].flatMap((folder) =>
      readdirSync(join(packageRoot, folder), { recursive: true })
        .map((name) => join(packageRoot, folder, String(name)))
        .filter((name) => /\.(ts|md|py|yaml)$/.test(name)),
    );
    const seen = files.flatMap((file) => found(readFileSync(file, 'utf8')).map((what) => `${file}: ${what}`));
    assert.ok(files.length > 300);
    // A number of a task about cards, made up with a right check digit.
    assert.deepEqual(
      seen.filter((what) => !what.includes('5500660077008899')),
      [],
    );
  });
});
