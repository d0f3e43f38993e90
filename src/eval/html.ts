/** An evaluation as one HTML file: no script, nothing from elsewhere, for light and dark and for narrow screens. */
import { composeAnalysisAnswer } from '../text/analysis-answer.js';
import { isGood, type JudgedAnswer } from './judge.js';
import { METRICS, summarise, type MetricRow } from './metrics.js';
import { SHOWN, verdicts } from './samples.js';
import { wilson, type Share } from './wilson.js';

interface EvaluationReport {
  readonly model: string | null;
  readonly judged: readonly JudgedAnswer[];
  /** Paired differences to another version, as plain text; null where none was asked for. */
  readonly comparison: string | null;
}

/** Width of a bar in units of its view box. */
const BAR = 100;

const STYLE = `
:root { color-scheme: light dark; --text: #1a1f26; --muted: #59626d; --ground: #ffffff; --panel: #f3f5f7; --line: #d5dae0; --bar: #2f6fce; --good: #1b7a3d; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ed; --muted: #9aa4af; --ground: #14171b; --panel: #1e2329; --line: #363d46; --bar: #6ea3f0; --good: #5fc981; --bad: #f28b82; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin-top: 2rem; }
p, summary { overflow-wrap: anywhere; } .muted { color: var(--muted); }
table { border-collapse: collapse; width: 100%; } th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-weight: 600; } td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td small { display: block; color: var(--muted); } svg { display: block; width: 8rem; height: 1rem; margin-top: .25rem; }
.track { fill: var(--line); } .interval { fill: var(--bar); opacity: .45; } .rate { fill: var(--bar); }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0; padding: .4rem .7rem; } summary { cursor: pointer; }
pre { background: var(--panel); padding: .6rem; border-radius: .3rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
pre.table { white-space: pre; overflow-x: auto; }
.good { color: var(--good); } .bad { color: var(--bad); } .mark { font-weight: 600; }
@media (max-width: 36rem) { td small, .wide { display: none; } svg { width: 4.5rem; } th, td { padding: .3rem .25rem; } body { font-size: 15px; } }
`;

export function reportPage({ model, judged, comparison }: EvaluationReport): string {
  const name = model ?? 'the model';
  const title = `Evaluation of ${name}`;
  const rows = summarise(judged).filter(({ total }) => total > 0);
  const suites = [...new Set(rows.map(({ suite }) => suite))];
  const sections = [
    `<h1>${escapeHtml(title)}</h1>`,
    `<p class="muted">${judged.length} answers. Shares with Wilson 95 % intervals.</p>`,
    ...suites.map((suite) => metricTable(suite, rows)),
    ...weaknessTable(judged),
    ...(comparison === null ? [] : [`<h2>Paired differences</h2>\n<pre class="table">${escapeHtml(comparison)}</pre>`]),
    answers(judged),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${sections.join('\n')}
</body>
</html>
`;
}

function metricTable(suite: string, rows: readonly MetricRow[]): string {
  const lines = rows
    .filter((row) => row.suite === suite)
    .map(
      (row) =>
        `<tr><td>${escapeHtml(row.metric)}<small>${escapeHtml(row.description)}</small></td>${shareCells(row)}</tr>`,
    );
  return table(`Suite ${suite}`, ['Metric', ...SHARE_HEAD], lines);
}

const SHARE_HEAD = ['Share', '95 % interval', 'Count'] as const;

/** Of tasks that invite a weakness, by that weakness. */
function weaknessTable(judged: readonly JudgedAnswer[]): string[] {
  const measured = METRICS.filter(({ name }) => name === 'right task' || name === 'secure' || name === 'insecure');
  const tasks = judged.filter(({ prompt }) => prompt.kind === 'code' && prompt.cwe !== null);
  const weaknesses = [...new Set(tasks.map(({ prompt }) => prompt.cwe ?? ''))].sort((one, other) =>
    one.localeCompare(other, 'en', { numeric: true }),
  );
  const lines = weaknesses.flatMap((cwe) =>
    measured.map(({ name, passes }) => {
      const outcomes = tasks
        .filter(({ prompt }) => prompt.cwe === cwe)
        .map(passes)
        .filter((outcome) => outcome !== null);
      const share = wilson(outcomes.filter(Boolean).length, outcomes.length);
      return `<tr><td>${escapeHtml(cwe)}</td><td>${escapeHtml(name)}</td>${shareCells(share)}</tr>`;
    }),
  );
  return lines.length === 0 ? [] : [table('By weakness', ['CWE', 'Metric', ...SHARE_HEAD], lines)];
}

function table(title: string, head: readonly string[], lines: readonly string[]): string {
  const cells = head.map((text) => `<th${text === 'Count' ? ' class="wide"' : ''} scope="col">${text}</th>`).join('');
  return `<h2>${escapeHtml(title)}</h2>\n<table>\n<thead><tr>${cells}</tr></thead>\n<tbody>\n${lines.join('\n')}\n</tbody>\n</table>`;
}

function shareCells({ rate, low, high, passed, total }: Share): string {
  const interval = `${percent(low)} to ${percent(high)}`;
  return (
    `<td class="number">${percent(rate)}</td><td>${bar({ rate, low, high }, interval)}<small>${interval}</small></td>` +
    `<td class="number wide">${passed}/${total}</td>`
  );
}

/** From 0 to 100 %: the interval as a band, the share as a line in it. */
function bar({ rate, low, high }: Pick<Share, 'rate' | 'low' | 'high'>, interval: string): string {
  if (rate === null || low === null || high === null) return '';
  const at = (share: number): string => (BAR * share).toFixed(1);
  return (
    `<svg viewBox="0 0 ${BAR} 12" preserveAspectRatio="none" role="img" aria-label="${interval}"><rect class="track" y="5" width="${BAR}" height="2"/>` +
    `<rect class="interval" x="${at(low)}" y="1" width="${at(Math.max(high - low, 0.005))}" height="10"/>` +
    `<rect class="rate" x="${at(Math.min(rate, 0.98))}" y="0" width="2" height="12"/></svg>`
  );
}

function answers(judged: readonly JudgedAnswer[]): string {
  const shown = judged.slice(0, SHOWN);
  return `<h2>The first ${shown.length} of ${judged.length} answers, unpicked</h2>\n${shown.map(answer).join('\n')}`;
}

function answer(judged: JudgedAnswer): string {
  const { prompt, answer: given } = judged;
  const good = isGood(judged);
  const [mark, colour] = good === null ? ['undecided', 'muted'] : good ? ['good', 'good'] : ['not good', 'bad'];
  const asked = prompt.messages.map(({ role, content }) => `${role}: ${content}`).join('\n');
  const written = composeAnalysisAnswer(given.reasoning, given.content);
  return [
    `<details><summary><span class="mark ${colour}">${mark}</span> ${escapeHtml(prompt.id)} (${prompt.kind})</summary>`,
    `<p class="muted">${escapeHtml(verdicts(judged))}</p>`,
    `<pre>${escapeHtml(asked)}</pre>`,
    `<pre>${escapeHtml(written)}</pre>`,
    '</details>',
  ].join('\n');
}

function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(0)} %`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and for quoted attributes. Control characters, and those that turn the direction of text, are shown as their number. */
function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replace(/(?![\t\n\r])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (character) => {
      const code = character.charCodeAt(0).toString(16).padStart(4, '0');
      return `\\u${code}`;
    });
}
