import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { findLanguage } from '../../../src/guard/code/languages.js';
import { programText } from '../../../src/guard/code/php/tags.js';
import { Analyser } from '../../../src/guard/code/scan.js';
import { PHP_PAIRS } from './php-pairs.js';
import { SAFE_PHP } from './php-safe-programs.js';
import { describeRules, findingsIn } from './rule-suite.js';

const analyser = new Analyser();
before(() => analyser.warm());

const found = (code: string): Promise<string[]> => findingsIn(analyser, 'php', code);

describeRules(analyser, { language: 'php', title: 'PHP', pairs: PHP_PAIRS, safePrograms: SAFE_PHP, weaknesses: 35 });

describe('data is followed in PHP', () => {
  const SINK = 'system("ls $x");';
  for (const [name, code] of Object.entries({
    'through a field that the constructor sets': `class A {\n  private $a;\n  function __construct() { $this->a = $_GET['a']; }\n  function run() {\n    $x = $this->a;\n    ${SINK}\n  }\n}\n`,
    'through a method of the same object': `class A {\n  function show(Request $request) { $this->run($request->input('a')); }\n  private function run($x) {\n    ${SINK}\n  }\n}\n`,
    'through a static method': `class A {\n  static function read() { return $_POST['a']; }\n}\n$x = A::read();\n${SINK}\n`,
    'through a loop and a list': `$all = [];\n$all[] = $_GET['a'];\nforeach ($all as $i => $x) {\n  ${SINK}\n}\n`,
    'through a list of variables': `[$y, $x] = [1, $_GET['a']];\n${SINK}\n`,
    'through an array of names': `$in = ['a' => $_GET['a'], 'b' => 1];\n$x = $in['a'] ?? 'none';\n${SINK}\n`,
    'through a match': `$x = match ($kind) { 1 => 'a', default => $_GET['a'] };\n${SINK}\n`,
    'through a heredoc': `$y = <<<TEXT\n-l {$_GET['a']}\nTEXT;\n$x = trim($y);\n${SINK}\n`,
    'through a closure': `$read = function () use ($key) { return $_GET[$key]; };\n$f = fn ($x) => strtoupper($x);\n$x = $f($_GET['a']);\n${SINK}\n`,
    'between HTML': `<h1>It's</h1>\n<?php if ($a): ?>\n<p>\n<?php $x = $_GET['a']; ${SINK} endif ?>\n</p>\n`,
  }))
    test(name, async () => {
      const line = code.split('\n').findIndex((text) => text.includes(SINK)) + 1;
      assert.deepEqual(await found(code), [`command-injection:${line}`]);
    });

  const READ = `$x = $_GET['a'];\n`;
  for (const [name, code] of Object.entries({
    'a switch over its values': `${READ}switch ($x) {\n  case 'b':\n  case 'c':\n    ${SINK}\n    break;\n  default:\n    exit;\n}\n`,
    'a list of names': `${READ}if (!in_array($x, ['b', 'c'], true)) die('no');\n${SINK}\n`,
    'the keys of an array': `${READ}if (!isset($known[$x])) { return; }\n${SINK}\n`,
    'an expression that is compared with one': `${READ}if (preg_match('/^[a-z]+$/D', $x) !== 1) { exit; }\n${SINK}\n`,
    'a number': `$x = (int) $_GET['a'];\n${SINK}\n`,
    'a filter': `$x = $_GET['a'];\nif (filter_var($x, FILTER_VALIDATE_IP) === false) { exit; }\n${SINK}\n`,
    'a type of characters': `${READ}if (!ctype_alnum($x)) { throw new Exception('a'); }\n${SINK}\n`,
    'a replacement of all others': `$x = preg_replace('/[^a-z]/', '', $_GET['a']);\n${SINK}\n`,
  }))
    test(`and not where it is decided by ${name}`, async () => {
      assert.deepEqual(await found(code), []);
    });

  test('and chains and lists without an end are scanned all the same', async () => {
    const chain = `header('Location: /'${' . $a'.repeat(20_000)});\n`;
    const list = `${'['.repeat(3_000)}$a${']'.repeat(3_000)} = $b;\n`;
    for (const code of [chain, list]) assert.equal((await analyser.scan(code, 'php')).outcome, 'scanned');
  });

  test('and a tree that is too deep is scanned all the same', async () => {
    const code = `${'{\n'.repeat(400)}$a = ${'('.repeat(600)}1${')'.repeat(600)};\n${'}\n'.repeat(400)}`;
    assert.equal((await analyser.scan(code, 'php')).outcome, 'scanned');
  });
});

describe('the program between HTML', () => {
  test('keeps its place, and a closing tag ends a statement', () => {
    const code = `<p>a;</p>\n<?php f() ?>\n<b><?= $x ?></b>`;
    const text = programText(code);
    assert.equal(text.length, code.length);
    assert.equal(text, `${' '.repeat(9)}\n      f() ; \n       $x ; ${' '.repeat(4)}`);
  });

  test('goes on behind a closing tag that stands first', () => {
    assert.equal(programText('f(); ?>\n<p>'), 'f(); ; \n   ');
    assert.equal(programText('f();'), 'f();');
  });

  test('is complete where its last statement ends', () => {
    const php = findLanguage('php');
    assert.ok(php);
    assert.equal(php.completeEnd(`<?php\n$a = 1;\nfoo(\n`), 14);
    assert.equal(php.completeEnd(`<p>Don't</p>\n<?php $a = 1; ?>\n<p>`), 30);
  });
});
