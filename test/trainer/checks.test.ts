import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createSandbox, type CheckOutcome, type Sandbox } from '../../src/reward/sandbox.js';
import { fillCheck, type Check } from '../../trainer/data/check.js';
import { fill, plural, type Slots } from '../../trainer/data/grammar.js';
import { SCENARIOS } from '../../trainer/data/scenarios/index.js';
import type { Scenario } from '../../trainer/data/scenarios/scenario.js';
import { LOOK_ALIKES, UTILITIES } from '../../trainer/data/tasks/index.js';
import type { Task } from '../../trainer/data/tasks/task.js';
import { sandboxOrSkip } from '../support/sandbox.js';

type Subject = Pick<Scenario, 'id' | 'argument' | 'slots'> & { readonly check: Check };

function slotsOf({ argument, slots = {} }: Subject, { row, field }: { row: string; field: string }): Slots {
  const own = Object.entries(slots).map(
    ([name, choices]) => [name, choices.at(row.length % choices.length) ?? ''] as const,
  );
  const common = { f: 'handle_request', row, rows: plural(row), field, ...Object.fromEntries(own) };
  return { ...common, a: fill(argument[0] ?? 'value', common) };
}

const SUBJECTS = [
  { row: 'order', field: 'title' },
  { row: 'walnut', field: 'email' },
];

describe('checks of the data tables', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await createSandbox();
  });
  after(() => sandbox.stop());

  const run = async (
    subject: Subject,
    code: string,
    part: 'functional' | 'security',
    writer: Subject = subject,
  ): Promise<CheckOutcome[]> =>
    Promise.all(
      SUBJECTS.map(async (words) => {
        const check = fillCheck(subject.check, slotsOf(subject, words));
        const job = {
          code: fill(code, slotsOf(writer, words)),
          functionName: null,
          setup: check.setup,
          test: check[part] ?? '',
        };
        return sandbox.check(job, new AbortController().signal);
      }),
    );

  const everywhere = async <Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> => {
    await Promise.all(items.map(work));
  };

  const passes = async (subject: Subject, code: string, part: 'functional' | 'security'): Promise<void> => {
    for (const outcome of await run(subject, code, part))
      assert.deepEqual(outcome, { outcome: 'passed' }, `${subject.id}, ${part}:\n${code}`);
  };

  const solutions = SCENARIOS.flatMap((scenario) =>
    (['secure', 'insecure'] as const).flatMap((kind) => scenario[kind].map(({ code }) => ({ scenario, kind, code }))),
  );

  test('every solution of a scenario does its task', async (context) => {
    if (sandboxOrSkip(sandbox, context)) return;
    await everywhere(solutions, ({ scenario, code }) => passes(scenario, code, 'functional'));
  });

  test('a secure solution stands the attack, and an insecure one falls', async (context) => {
    if (sandboxOrSkip(sandbox, context)) return;
    await everywhere(solutions, async ({ scenario, kind, code }) => {
      if (kind === 'secure') return passes(scenario, code, 'security');
      for (const { outcome } of await run(scenario, code, 'security'))
        assert.equal(outcome, 'failed', `${scenario.id}:\n${code}`);
    });
  });

  test('everyday tasks and look-alikes pass their tests', async (context) => {
    if (sandboxOrSkip(sandbox, context)) return;
    await everywhere([...UTILITIES, ...LOOK_ALIKES], (task) => passes(task, task.code, 'functional'));
  });

  test('the solution of another task fails every test', async (context) => {
    if (sandboxOrSkip(sandbox, context)) return;
    const all: readonly { subject: Subject; code: string }[] = [
      ...SCENARIOS.map((scenario) => ({ subject: scenario, code: scenario.secure[0]?.code ?? '' })),
      ...[...UTILITIES, ...LOOK_ALIKES].map((task: Task) => ({ subject: task, code: task.code })),
    ];
    await everywhere(all, async ({ subject }) => {
      const other = all[(all.findIndex(({ subject: { id } }) => id === subject.id) + 7) % all.length];
      assert.ok(other);
      for (const { outcome } of await run(subject, other.code, 'functional', other.subject))
        assert.equal(outcome, 'failed', `${subject.id} takes the solution of ${other.subject.id}`);
    });
  });
});
