import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalLanguage, detectLanguage, extractCodeBlocks, languageOfPath } from '../../src/text/fences.js';

const only = (text: string) => {
  const blocks = extractCodeBlocks(text);
  assert.equal(blocks.length, 1, JSON.stringify(blocks));
  const [block] = blocks;
  assert.ok(block);
  return block;
};

describe('extractCodeBlocks', () => {
  test('finds a plain block and its span', () => {
    const text = 'Here:\n```python\nx = 1\n```\nDone.';
    const block = only(text);
    assert.deepEqual(block, { language: 'python', info: 'python', code: 'x = 1\n', start: 16, end: 22, closed: true });
    assert.equal(text.slice(block.start, block.end), block.code);
  });

  test('reads every spelling that fooled published reward code', () => {
    const spellings: [string, string, string][] = [
      ['```c++\nint x;\n```', 'cpp', 'int x;\n'],
      ['```c#\nint x;\n```', 'csharp', 'int x;\n'],
      ['```Python title="a.py"\nx = 1\n```', 'python', 'x = 1\n'],
      ['```python\r\nx = 1\r\n```\r\n', 'python', 'x = 1\r\n'],
      ['- item\n\n  ```py\n  if x:\n    y()\n  ```\n', 'python', 'if x:\n  y()\n'],
      ['1. ```py\n   x = 1\n   ```\n', 'python', 'x = 1\n'],
      ['> ```py\n> x = 1\n> ```\n', 'python', 'x = 1\n'],
      ['~~~python3\nx = 1\n~~~', 'python', 'x = 1\n'],
      ['``` {.python .numberLines}\nx = 1\n```', 'python', 'x = 1\n'],
      ['```python{1,3}\nx = 1\n```', 'python', 'x = 1\n'],
      ['````python\n```\nx = 1\n````', 'python', '```\nx = 1\n'],
      ['The fix: ```python\nx = 1\n```', 'python', 'x = 1\n'],
    ];
    for (const [text, language, code] of spellings) {
      const block = only(text);
      assert.deepEqual([block.language, block.code, block.closed], [language, code, true], text);
    }
  });

  test('a carriage return alone ends a line', () => {
    const block = only('Here:\r```python\rx = 1\ry = 2\r```\rDone.');
    assert.deepEqual([block.language, block.code, block.closed], ['python', 'x = 1\ry = 2\r', true]);
  });

  test('takes no indentation off that a later line has not', () => {
    const block = only('```python\n    import x\ndef f():\n    return 1\n```');
    assert.equal(block.code, 'import x\ndef f():\n    return 1\n');
  });

  test('gives a block that was never closed, up to the end', () => {
    const block = only('```python\nx = 1\ny = 2');
    assert.deepEqual([block.code, block.closed], ['x = 1\ny = 2', false]);
  });

  test('takes inline code for no block', () => {
    assert.deepEqual(extractCodeBlocks('Use ```x``` and `y`.\n```not a fence``` here\n'), []);
    assert.deepEqual(extractCodeBlocks('``` a ` b\n'), []);
  });

  test('an unknown info string keeps the block and names no language', () => {
    const block = only('```klingon\nQapla\n```');
    assert.deepEqual([block.language, block.info], [null, 'klingon']);
  });

  test('spans lie in the text, in order, and hold the code of unindented blocks', () => {
    const line = fc.constantFrom(
      '```python',
      '```',
      '~~~',
      '````',
      'x = 1',
      '',
      '  y',
      'a ``` b',
      '> ```js',
      'text',
      '\r',
    );
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), (lines, lineBreak) => {
        const text = lines.join(lineBreak);
        let end = 0;
        for (const block of extractCodeBlocks(text)) {
          assert.ok(block.start >= end && block.end >= block.start && block.end <= text.length);
          end = block.end;
          const raw = text.slice(block.start, block.end);
          assert.equal(block.code.split('\n').length, raw.split('\n').length);
          if (!/^[ \t>]/m.test(raw)) assert.equal(block.code, raw);
        }
      }),
    );
  });

  test('takes time linear in its input', () => {
    const started = performance.now();
    extractCodeBlocks('> - '.repeat(100_000));
    extractCodeBlocks('`'.repeat(400_000));
    extractCodeBlocks('``` `'.repeat(80_000));
    extractCodeBlocks('```\n'.repeat(100_000));
    assert.ok(performance.now() - started < 2000);
  });
});

describe('languages', () => {
  test('names become canonical', () => {
    assert.deepEqual(['Py', 'python3', 'C++', 'c#', 'TSX', 'language-python', 'klingon', ''].map(canonicalLanguage), [
      'python',
      'python',
      'cpp',
      'csharp',
      'typescript',
      'python',
      null,
      null,
    ]);
  });

  test('paths tell a language by extension or name', () => {
    assert.deepEqual(['src/app.py', 'C:\\x\\A.CS', 'Dockerfile', 'a/b.tar.gz', 'noext', 'x.h'].map(languageOfPath), [
      'python',
      'csharp',
      'dockerfile',
      null,
      null,
      'c',
    ]);
  });

  test('content tells a language', () => {
    const samples: [string, string | null][] = [
      ['import sqlite3\n\ndef find(name):\n    return name\n', 'python'],
      ['cursor.execute("SELECT * FROM t WHERE n = \'" + name + "\'")\n', 'python'],
      ['const x = require("fs");\nconsole.log(x);\n', 'javascript'],
      ['#include <stdio.h>\nint main(void) {\n  printf("x");\n}\n', 'c'],
      ['package main\n\nfunc main() {\n}\n', 'go'],
      ['SELECT a FROM b;\n', 'sql'],
      ['The import of goods rose. For example, from France:\n', null],
      ['Hello world.', null],
      ['', null],
    ];
    for (const [code, language] of samples) assert.equal(detectLanguage(code), language, code);
  });
});
