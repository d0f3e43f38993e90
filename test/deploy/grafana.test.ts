import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packageRoot } from '../../src/config.js';
import { createMetrics } from '../../src/telemetry.js';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly w: number };
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

const dashboard = JSON.parse(readFileSync(join(packageRoot, 'deploy/grafana/purpgate.json'), 'utf8')) as Dashboard;

/** Names of series that /metrics shows, with the labels that each may have. */
async function series(): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  const { registry, ...metrics } = createMetrics();
  for (const { name, type } of await registry.getMetricsAsJSON()) {
    const metric = Object.values(metrics).find((one) => 'name' in one && one.name === name);
    const labels = metric !== undefined && 'labelNames' in metric ? (metric.labelNames as string[]) : [];
    // prom-client gives the type as its text in /metrics.
    if (String(type) !== 'histogram') found.set(name, labels);
    else for (const suffix of ['bucket', 'sum', 'count']) found.set(`${name}_${suffix}`, [...labels, 'le']);
  }
  return found;
}

const METRIC = /(?:purpgate|gen_ai)_\w+(?=\{)/g;

describe('the Grafana dashboard', () => {
  const expressions = dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr })),
  );

  test('names no metric and no label that /metrics does not have', async () => {
    const known = await series();
    assert.ok(expressions.length > 20);
    for (const { title, expr } of expressions) {
      const names = expr.match(METRIC) ?? [];
      assert.ok(names.length > 0, title);
      const labels = names.flatMap((name) => known.get(name) ?? assert.fail(`${title}: /metrics has no ${name}`));
      const used = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
      const selected = [...expr.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, label = '']) => label);
      for (const label of [...used, ...selected])
        assert.ok(
          label === 'instance' || labels.includes(label),
          `${title}: ${label} is no label of ${names.join(', ')}`,
        );
    }
  });

  test('shows every metric that there is', async () => {
    const shown = new Set(expressions.flatMap(({ expr }) => expr.match(METRIC) ?? []));
    const metrics = await createMetrics().registry.getMetricsAsJSON();
    const unseen = metrics.map(({ name }) => name).filter((name) => ![...shown].some((one) => one.startsWith(name)));
    assert.deepEqual(unseen, []);
  });
});
