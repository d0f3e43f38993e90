import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadConfig } from '../../src/config.js';
import { parseRewards, PURPCODE, rewardSettingsOf } from '../../src/reward/composition.js';

const secretOf = (variable: string) => (variable === 'STYLE_KEY' ? 'sk-hidden' : null);
const parse = (text: string) => parseRewards(text, secretOf);
const WEIGHTED = 'composition: weighted\nobjectives: [{name: security}, {name: refusal}, {name: assistance}]';

describe('the file of rewards', () => {
  test('is not needed: without it, and empty, it is the recipe of PurpCode', () => {
    assert.deepEqual(rewardSettingsOf(loadConfig({})).composition, PURPCODE);
    assert.deepEqual(parse('composition: purpcode').composition, PURPCODE);
  });

  test('names own oracles with their defaults', () => {
    const { webhooks, composition } = parse(
      'oracles: [{name: style, url: "https://o/judge/", api_key_env: STYLE_KEY}]',
    );
    const kinds = ['code', 'malicious', 'security_question', 'general'];
    const style = {
      name: 'style',
      url: 'https://o/judge',
      apiKey: 'sk-hidden',
      version: '1',
      timeoutMs: 5000,
      kinds,
      about: 'answer',
    };
    assert.deepEqual(webhooks, [style]);
    assert.deepEqual(composition.own, [{ name: 'style', kinds, about: 'answer' }]);
    assert.match(composition.version, /^[0-9a-f]{12}$/);
  });

  test('has a version that follows from what decides a score', () => {
    const versions = [
      WEIGHTED,
      WEIGHTED.replace('{name: refusal}', '{name: refusal, weight: 2}'),
      'composition: purpcode',
    ];
    assert.equal(new Set(versions.map((text) => parse(text).composition.version)).size, 3);
    assert.equal(parse(WEIGHTED).composition.version, parse(`# A comment.\n${WEIGHTED}`).composition.version);
  });

  test('is refused by the path of what is wrong', () => {
    const style = '{name: style, url: "http://o"}';
    for (const [text, expected] of [
      ['composition: mean', /^composition: expected one of purpcode, weighted/],
      ['objectives: [{name: security}]', /^objectives: is not known/],
      ['composition: weighted', /^objectives: expected a list/],
      ['composition: weighted\nobjectives: [{name: security}]', /no objective is about samples of the kind malicious/],
      [`${WEIGHTED.slice(0, -1)}, {name: task}]`, /^objectives\[3\]\.name: expected one of format,/],
      [`${WEIGHTED.slice(0, -1)}, {name: refusal}]`, /^objectives\[3\]\.name: stands there twice/],
      [`${WEIGHTED.slice(0, -1)}, {name: parse, weight: 0}]`, /^objectives\[3\]\.weight: expected a number from 0.001/],
      [
        `${WEIGHTED.slice(0, -1)}, {name: parse, kinds: [malicious]}]`,
        /^objectives\[3\]\.kinds: expected some of code/,
      ],
      ['oracles: [{name: security, url: "http://o"}]', /^oracles\[0\]\.name: security is the name of something else/],
      ['oracles: [{name: style, url: "file:///o"}]', /^oracles\[0\]\.url: expected a URL/],
      ['oracles: [{name: style, url: "http://o", api_key_env: NONE}]', /^oracles\[0\]\.api_key_env: .* is not set/],
      [`oracles: [${style}, ${style}]`, /^oracles\[1\]\.name: stands there twice/],
      ['analysers: [{name: semgrep}]', /^analysers\[0\]\.rules: expected a text/],
      ['analysers: [{name: lint}]', /^analysers\[0\]\.name: expected one of bandit, semgrep/],
      ['oracles: [', /^REWARDS_FILE: /],
    ] as const)
      assert.throws(() => parse(text), { code: 'setting_invalid', message: expected }, text);
    assert.throws(() => rewardSettingsOf(loadConfig({ REWARDS_FILE: '/nowhere' })), { code: 'setting_invalid' });
  });
});
