import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packageRoot } from '../../../src/config.js';
import { rulePages } from '../../support/rule-pages.js';

describe('the pages of the rules', () => {
  for (const [path, text] of rulePages()) {
    test(`${path} is what npm run generate makes of the rules`, () => {
      assert.equal(readFileSync(join(packageRoot, path), 'utf8'), text);
    });
    test(`every rule of ${path} has an example`, () => {
      const sections = text.split(/^## /m).slice(1);
      assert.ok(sections.length >= 30);
      assert.deepEqual(
        sections.filter((section) => !section.includes('\nFound:\n')).map((section) => section.split('\n')[0]),
        [],
      );
    });
  }
});
