/** The pages of docs/rules, one section per rule, made of the rules and of the pairs that test them. Run, it writes them: `npm run generate`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/config.js';
import { PurpgateError } from '../../src/errors.js';
import { findLanguage, loadRules, ruleFiles } from '../../src/guard/code/languages.js';
import type { Rule } from '../../src/guard/code/rules.js';
import { LEVELS } from '../../src/guard/code/taint/value.js';
import { C_DATA_PAIRS } from '../guard/code/c-data-pairs.js';
import { C_MEMORY_PAIRS } from '../guard/code/c-memory-pairs.js';
import { GO_PAIRS } from '../guard/code/go-pairs.js';
import { JAVA_PAIRS } from '../guard/code/java-pairs.js';
import { JAVASCRIPT_PAIRS } from '../guard/code/javascript-pairs.js';
import { PHP_PAIRS } from '../guard/code/php-pairs.js';
import { type Pair, PAIRS } from '../guard/code/python-pairs.js';

const PAGES = [
  { language: 'python', title: 'Python', pairs: PAIRS },
  { language: 'javascript', title: 'JavaScript and TypeScript', pairs: JAVASCRIPT_PAIRS },
  { language: 'java', title: 'Java', pairs: JAVA_PAIRS },
  { language: 'go', title: 'Go', pairs: GO_PAIRS },
  { language: 'php', title: 'PHP', pairs: PHP_PAIRS },
  { language: 'c', title: 'C and C++', pairs: [...C_DATA_PAIRS, ...C_MEMORY_PAIRS] },
] as const;

/** Each page by its path below the package. */
export function rulePages(): ReadonlyMap<string, string> {
  return new Map(
    PAGES.map(({ language, title, pairs }) => {
      const known = findLanguage(language);
      if (known === null) throw new PurpgateError('invalid_request', { message: `no language ${language}` });
      const rules = [...loadRules(ruleFiles(known))].sort((left, right) => left.id.localeCompare(right.id, 'en'));
      const sections = rules.map((rule) => sectionOf(rule, pairs, language));
      return [
        join('docs', 'rules', `${language}.md`),
        `${openingOf(title, rules)}\n\n${sections.join('\n\n')}\n`,
      ] as const;
    }),
  );
}

function openingOf(title: string, rules: readonly Rule[]): string {
  const rows = rules.map(({ id, cwe, severity, action }) => {
    const anchor = id.replaceAll('/', '');
    return `| [${id}](#${anchor}) | ${cwe} | ${severitiesOf(severity)} | ${action} |`;
  });
  return `# Rules for ${title}

Made by \`npm run generate\` of the rules themselves and of the pairs that test them; [the code scanner](../guard-scanner.md) says how they work. A severity may depend on who chooses the data: \`remote\` is
a request, \`local\` the command line or the keyboard, \`parameter\` an argument of a function that nothing else in the file calls, \`unknown\` what the file does not show. \`block\` holds for high findings;
others of such a rule annotate.

| rule | weakness | severity | action |
|---|---|---|---|
${rows.join('\n')}`;
}

function severitiesOf(severity: Rule['severity']): string {
  const given = LEVELS.flatMap((level) => (severity[level] === undefined ? [] : [[level, severity[level]] as const]));
  const kinds = [...new Set(given.map(([, kind]) => kind))];
  const [only] = kinds;
  // A rule about a use as such has one severity, whatever the data.
  if (given.length === 1 && only !== undefined) return only;
  return kinds
    .map((kind) => `${kind} (${given.flatMap(([level, each]) => (each === kind ? [level] : [])).join(', ')})`)
    .join(', ');
}

function sectionOf(
  { id, cwe, severity, action, message, advice }: Rule,
  pairs: readonly Pair[],
  fence: string,
): string {
  const pair = pairs.find(({ rule }) => rule === id);
  const code = (text: string): string => `\`\`\`${fence}\n${text.trim()}\n\`\`\``;
  const example =
    pair === undefined ? '' : `\n\nFound:\n\n${code(pair.vulnerable)}\n\nNot found:\n\n${code(pair.safe)}`;
  const number = cwe.replace('CWE-', '');
  return `## ${id}

[${cwe}](https://cwe.mitre.org/data/definitions/${number}.html), ${severitiesOf(severity)}; ${action}.

${message}

Instead: ${advice}${example}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const [path, text] of rulePages()) writeFileSync(join(packageRoot, path), text);
