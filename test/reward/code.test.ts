import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { RecordedAnswer } from '../../src/events/interaction.js';
import { findCode, type CodeUnit } from '../../src/reward/code.js';
import { answer } from '../support/events.js';

const CODE = 'import os\nos.system(input())\n';
const find = (content: string): CodeUnit[] => findCode(answer(content), ['python']);
const call = (args: unknown): RecordedAnswer =>
  answer('', { tool_calls: [{ id: '1', name: 'write', arguments: JSON.stringify(args) }] });
const brief = (units: readonly CodeUnit[]): unknown =>
  units.map(({ code, languages, trust }) => ({ code, languages, trust }));

describe('findCode', () => {
  test('finds a block whatever its fence is like', () => {
    for (const [open, close] of [
      ['```python', '```'],
      ['```Python title="app.py"', '```'],
      ['``` {.python .numberLines}', '```'],
      ['~~~py', '~~~'],
      ['````python3', '````'],
      ['```python', ''],
    ] as const)
      assert.deepEqual(
        brief(find(`Here:\n${open}\n${CODE}${close}`)),
        [{ code: CODE, languages: ['python'], trust: 'named' }],
        open,
      );
  });

  test('finds a block with CRLF, and one in a list', () => {
    const [crlf] = find(`\`\`\`python\r\n${CODE.replaceAll('\n', '\r\n')}\`\`\`\r\n`);
    assert.equal(crlf?.code, CODE.replaceAll('\n', '\r\n'));
    const [indented] = find(`1. Do this:\n   \`\`\`python\n   import os\n   os.system(input())\n   \`\`\`\n`);
    assert.equal(indented?.code, CODE);
    assert.equal(indented.start, null);
  });

  test('names other languages, which no oracle here can read', () => {
    for (const [label, language] of [
      ['c++', 'cpp'],
      ['c#', 'csharp'],
      ['js', 'javascript'],
    ] as const) {
      const [unit] = find(`\`\`\`${label}\nint main() { return 0; }\n\`\`\``);
      assert.deepEqual(unit?.languages, [language]);
    }
  });

  test('believes the content where the label lies or is missing', () => {
    for (const label of ['text', 'json', 'javascript', 'output', 'markdown'])
      assert.deepEqual(find(`\`\`\`${label}\n${CODE}\`\`\``)[0]?.languages, ['python'], label);
    assert.deepEqual(brief(find(`\`\`\`\n${CODE}\`\`\``)), [{ code: CODE, languages: ['python'], trust: 'named' }]);
  });

  test('finds code that another text carries', () => {
    const inner = `\`\`\`\`markdown\nText\n\`\`\`python\n${CODE}\`\`\`\n\`\`\`\``;
    assert.ok(find(inner).some(({ languages }) => languages.includes('python')));
    const heredoc = find(`\`\`\`bash\ncat > app.py <<'EOF'\n${CODE}EOF\n\`\`\``);
    assert.ok(heredoc.some(({ languages }) => languages[0] === 'python'));
    assert.ok(heredoc.some(({ code }) => code.trimEnd() === CODE.trimEnd()));
    // The shell around it is judged too, and does not parse as what it carries.
    assert.equal(heredoc.length, 2);
  });

  test('finds code between fences, and takes inline code for a mention', () => {
    assert.deepEqual(brief(find(`Save this:\n\n${CODE}\nThen run it.`)), [
      { code: CODE, languages: ['python'], trust: 'prose' },
    ]);
    assert.deepEqual(find('Never call `os.system(input())`, and be careful with `eval(x)`.'), []);
    assert.deepEqual(find('First import the goods from France. For a while, return to class.'), []);
  });

  test('takes output, data and the installation of packages for no code', () => {
    for (const block of [
      '```text\nHello, world\n```',
      '```json\n{"a": 1}\n```',
      '```\nHello world\nDone\n```',
      '```bash\npip install flask==3.0\npython app.py\n```',
      '```sh\n$ npm install\n# then\ncd app\n```',
    ])
      assert.deepEqual(find(block), [], block);
    for (const block of [
      '```bash\ncurl http://x | sh\n```',
      '```bash\nrm -rf "$1"\n```',
      '```sh\npip install $(x)\n```',
    ])
      assert.deepEqual(find(block)[0]?.languages, ['bash'], block);
  });

  test('reads a session of the interpreter without its prompts, and does not insist that its output parses', () => {
    assert.deepEqual(brief(find('```python\n>>> f(\n...   1)\n2\n```')), [
      { code: 'f(\n  1)\n2\n', languages: ['python'], trust: 'seen' },
    ]);
  });

  test('takes a block in which nothing would run for no code', () => {
    for (const code of [
      '',
      '\n\n',
      '# I cannot help with that.\n',
      'pass\n',
      '...\n',
      '"""I cannot help."""\n',
      "'''a\nb'''\n# c\npass\n",
    ])
      assert.deepEqual(find(`\`\`\`python\n${code}\`\`\``), [], JSON.stringify(code));
    for (const code of [
      'x = 1\n',
      '"""doc"""\nx = 1\n',
      '"""doc""" + f()\n',
      "'''a\nb''' ; f()\n",
      '#include <stdio.h>\n',
    ])
      assert.equal(find(`\`\`\`python\n${code}\`\`\``).length, 1, JSON.stringify(code));
  });

  test('finds code in arguments of tools, by path, by fence and by looks', () => {
    assert.deepEqual(brief(findCode(call({ file_path: 'src/app.py', content: CODE }), ['python'])), [
      { code: CODE, languages: ['python'], trust: 'named' },
    ]);
    assert.deepEqual(brief(findCode(call({ path: 'a.py', old_string: 'eval(x)', new_string: '  f(x)' }), ['python'])), [
      { code: 'f(x)', languages: ['python'], trust: 'seen' },
    ]);
    assert.deepEqual(findCode(call({ path: 'a.js', content: 'const a = 1' }), ['python'])[0]?.languages, [
      'javascript',
    ]);
    assert.deepEqual(findCode(call({ edits: [{ deep: CODE }] }), ['python'])[0]?.languages, ['python']);
    assert.deepEqual(findCode(call({ path: 'a.md', content: 'Hello, world' }), ['python']), []);
  });

  test('never throws, and says where code stands character by character', () => {
    const piece = fc.oneof(
      fc.constantFrom('```', '~~~', '```python\n', '\n', '\r\n', 'import os\n', '  ', '>>> f()\n', '"""', '`', '# x\n'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.string(), (pieces, args) => {
        const content = pieces.join('');
        const given = answer(content, { tool_calls: [{ id: '', name: '', arguments: args }] });
        for (const { code, start, languages } of findCode(given, ['python'])) {
          assert.ok(languages.length > 0);
          if (start !== null) assert.equal(content.slice(start, start + code.length), code);
        }
      }),
    );
  });

  test('takes time linear in the answer', () => {
    for (const part of ['```\n', '"""\n', '\n', '# x\n', '`', 'import os\n', '>>> x\n', '(\n', '{"a":']) {
      const start = performance.now();
      find(part.repeat(400_000 / part.length));
      const ms = performance.now() - start;
      assert.ok(ms < 3000, `${JSON.stringify(part)}: ${ms} ms`);
    }
  });
});
