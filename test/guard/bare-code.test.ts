import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { codeLine, codeStart } from '../../src/guard/bare-code.js';
import { codeRuns } from '../../src/guard/code-run.js';

describe('a line of code without a fence', () => {
  for (const [line, language] of [
    ['import os', 'python'],
    ['for x in range(3):', 'python'],
    ["const cp = require('child_process');", 'javascript'],
    ["import { exec } from 'child_process';", 'javascript'],
    ['export interface User {', 'typescript'],
    ['#include <stdio.h>', 'c'],
    ['#include <cstdlib>', 'cpp'],
    ['int main(int argc, char **argv) {', 'c'],
    ['package main', 'go'],
    ['func add(a int, b int) int {', 'go'],
    ['<?php', 'php'],
    ["$name = $_GET['name'];", 'php'],
    ['public class Greeter {', 'java'],
    ['class Greeter extends Base {', null],
    ['> const a = 1;', 'javascript'],
  ] as const)
    test(`${line} is of ${language ?? 'a language that is still open'}`, () => {
      assert.deepEqual(codeLine(line), { language });
    });

  for (const line of [
    'Let me show you how this works.',
    'let me show you how this works',
    '# Using the library',
    '## int and float',
    'public interest in this is high',
    'type your name and press enter',
    '$5 is the price of it.',
    'long ago, in a package far away',
    '<div>text</div>',
    'echo is a command',
    'static analysis finds it: see below',
    '- const x = 1 is a declaration',
  ])
    test(`${line} is prose`, () => {
      assert.equal(codeLine(line), null);
    });

  test('is decided by its beginning, and what is code is never called prose before', () => {
    for (const line of [
      'const a = 1;',
      '#include <stdio.h>',
      '<?php',
      '$name = 1;',
      'x := f()',
      'package main',
      "$a['b'] = 1;",
      '$a->run($x);',
      'class A {',
    ])
      for (let end = 0; end <= line.length; end += 1)
        assert.notEqual(codeStart(line.slice(0, end)), 'prose', line.slice(0, end));
  });
});

describe('a run of code without a fence', () => {
  test('ends where prose goes on, and keeps what stands in braces', () => {
    const code =
      "const cp = require('child_process');\n\n// Pings.\nfunction ping(host) {\n\n  if (host) {\n    cp.exec(`ping\n${host}`);\n  }\n}\nmodule.exports = { ping };\n";
    assert.deepEqual(codeRuns(`Here it is.\n${code}And that is all of it.\n`), [{ language: 'javascript', code }]);
  });

  test('is another one where the language changes', () => {
    const runs = codeRuns('import os\nprint(os.name)\n\n#include <stdio.h>\nint main(void) {\n  return 0;\n}\n');
    assert.deepEqual(
      runs.map(({ language }) => language),
      ['python', 'c'],
    );
  });
});
