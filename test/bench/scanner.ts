/**
 * Prints how the code scanner does on third-party pairs of vulnerable and fixed functions, and on programs in C beside cppcheck and
 * flawfinder (Debian's packages), where the sets lie beside the project, and how long a scan takes. `node deploy/build.mjs && node dist/test/bench/scanner.js [folder of the sets]`; the numbers stand in docs/guard-scanner.md.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.js';
import { Analyser } from '../../src/guard/code/scan.js';
import type { Finding } from '../../src/types.js';
import { measureCPrograms } from './c-programs.js';

interface Pair {
  readonly id: string;
  readonly lang: string;
  readonly cwe: string;
  readonly vulnerable: string;
  readonly safe: string;
}

const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`);

function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

const analyser = new Analyser();
await analyser.warm();

async function findingsIn(code: string): Promise<readonly Finding[]> {
  const result = await analyser.scan(code, 'python');
  return result.outcome === 'scanned' ? result.findings : [];
}

async function accuracy(pairs: readonly Pair[]): Promise<void> {
  const counts = new Map<string, { vulnerable: number; safe: number }>();
  const count = (key: string, side: 'vulnerable' | 'safe'): void => {
    const entry = counts.get(key) ?? { vulnerable: 0, safe: 0 };
    entry[side] += 1;
    counts.set(key, entry);
  };
  for (const pair of pairs) {
    for (const side of ['vulnerable', 'safe'] as const) {
      const findings = await findingsIn(pair[side]);
      const strong = findings.filter(({ severity }) => severity !== 'low');
      const matching = findings.filter(({ cwe }) => cwe === `CWE-${Number(pair.cwe)}`);
      if (findings.length > 0) count('any finding', side);
      if (strong.length > 0) count('medium or high', side);
      if (matching.length > 0) count('same CWE', side);
      if (matching.length > 0) count(`same CWE, CWE-${Number(pair.cwe)}`, side);
      if (findings.some(({ action }) => action === 'block')) count('block', side);
      for (const rule of new Set(findings.map((finding) => `${finding.rule} ${finding.severity}`))) count(rule, side);
    }
  }
  console.log(
    `${pairs.length} pairs of Python functions: share of the vulnerable and of the fixed ones with a finding`,
  );
  for (const [name, { vulnerable, safe }] of [...counts].sort(([left], [right]) => left.localeCompare(right))) {
    const precision = percent(vulnerable, vulnerable + safe);
    console.log(
      `${name.padEnd(48)} ${percent(vulnerable, pairs.length).padStart(8)} ${percent(safe, pairs.length).padStart(8)}  precision ${precision}`,
    );
  }
}

async function latency(pieces: readonly string[]): Promise<void> {
  let code = '';
  for (let index = 0; code.split('\n').length < 200; index += 1)
    code += `class Part${index}:\n${(pieces[index % pieces.length] ?? '').replace(/^/gm, '    ')}\n`;
  code = code.split('\n').slice(0, 200).join('\n');
  const times: number[] = [];
  for (let round = 0; round < 300; round += 1) {
    const started = performance.now();
    await findingsIn(code);
    times.push(performance.now() - started);
  }
  const [median, high] = [quantile(times, 0.5), quantile(times, 0.99)];
  console.log(
    `${code.split('\n').length} lines: p50 ${median.toFixed(1)} ms, p99 ${high.toFixed(1)} ms (first scan included)`,
  );
}

const SAMPLE = `def handler(self, request, db):
    name = request.args.get('name', '')
    if not name.isalnum():
        raise ValueError(f'bad name {name}')
    rows = db.execute('SELECT id, title FROM items WHERE owner = ?', (name,)).fetchall()
    result = []
    for row in rows:
        result.append({'id': row[0], 'title': row[1], 'url': '/items/%d' % row[0]})
    return {'items': result, 'count': len(result)}
`;

const linesOf = (path: string): readonly string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

const folder = process.argv[2] ?? join(packageRoot, '..', 'shared', 'data', 'code');
const programs = join(folder, 'castle-c250.jsonl');
if (existsSync(programs)) await measureCPrograms(analyser, linesOf(programs));

const file = join(folder, 'sven.jsonl');
if (existsSync(file)) {
  const pairs = linesOf(file)
    .map((line) => JSON.parse(line) as Pair)
    .filter(({ lang }) => lang === 'py');
  await accuracy(pairs);
  await latency(pairs.map(({ vulnerable }) => vulnerable));
} else {
  console.log(`no pairs at ${file}: only the latency is measured`);
  await latency([SAMPLE]);
}
