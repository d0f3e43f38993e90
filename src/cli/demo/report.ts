/** The demo's report: one HTML file that loads nothing, for light and dark screens and for phones. */
import { drawRewards, type RewardPoint } from '../../../trainer/curve.js';
import type { MetricVerdict } from '../../release/gate.js';

export interface ReportData {
  readonly before: string;
  readonly after: string;
  readonly outcome: string;
  readonly minutes: number;
  readonly traffic: readonly {
    readonly user: string;
    readonly prompt: string;
    readonly action: string;
    readonly kind: string | null;
    readonly score: number | null;
  }[];
  readonly points: readonly RewardPoint[];
  readonly gate: readonly MetricVerdict[];
  readonly pair: { readonly prompt: string; readonly before: string; readonly after: string };
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const percent = (share: number | null): string => (share === null ? '–' : `${(100 * share).toFixed(1)} %`);
const points = (share: number | null): string =>
  share === null ? '–' : `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)}`;

function gateTable(rows: readonly MetricVerdict[]): string {
  const body = rows.map(
    ({ name, prompts, baseline, candidate, difference, low, high, outcome }) =>
      `<tr><td>${escapeHtml(name)}</td><td>${prompts}</td><td>${percent(baseline)}</td><td>${percent(candidate)}</td><td>${points(difference)} [${points(low)}, ${points(high)}]</td><td class="${outcome}">${outcome}</td></tr>`,
  );
  return table(['metric', 'prompts', 'before', 'after', 'difference, 95 %', 'gate'], body);
}

function trafficTable(rows: ReportData['traffic']): string {
  const body = rows.map(
    ({ user, prompt, action, kind, score }) =>
      `<tr><td>${escapeHtml(user)}</td><td>${escapeHtml(prompt)}</td><td class="${escapeHtml(action)}">${escapeHtml(action)}</td><td>${escapeHtml(kind ?? '–')}</td><td>${score === null ? '–' : score.toFixed(2)}</td></tr>`,
  );
  return table(['user', 'prompt', 'guard', 'kind', 'reward'], body);
}

const table = (heads: readonly string[], rows: readonly string[]): string =>
  `<div class="wide"><table><thead><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;

const STYLE = `:root{color-scheme:light dark;--line:#8884}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%;font-size:.85rem}
td,th{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--line);border-radius:.4rem;padding:.7rem;font-size:.8rem;margin:0}
.wide{overflow-x:auto}.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem}
.passed{color:#2a9d5c}.regressed,.not-improved,.unmeasured,.block{color:#d33}
svg{width:100%;height:auto}`;

export function demoReport(data: ReportData): string {
  const { before, after, outcome, minutes, traffic, points: steps, gate, pair } = data;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>purpgate learned from its traffic</title><style>${STYLE}</style></head><body>
<h1>purpgate learned from its traffic</h1>
<p>${traffic.length} requests were served by <code>${escapeHtml(before)}</code>, logged and scored. ${steps.length} steps of GRPO on what they asked made <code>${escapeHtml(after)}</code>. ${escapeHtml(outcome)} It took ${minutes.toFixed(1)} minutes.</p>
<h2>Reward while it learned</h2><p>Mean reward of the rollouts of each step, by the kind of what was asked.</p>${drawRewards('Reward by kind', steps)}
<h2>The gate</h2><p>Both versions on the same held-out prompts, which no training saw.</p>${gateTable(gate)}
<h2>One prompt, two versions</h2><pre>${escapeHtml(pair.prompt)}</pre><div class="pair"><div><h3>${escapeHtml(before)}</h3><pre>${escapeHtml(pair.before)}</pre></div><div><h3>${escapeHtml(after)}</h3><pre>${escapeHtml(pair.after)}</pre></div></div>
<h2>The traffic</h2>${trafficTable(traffic)}
</body></html>
`;
}
