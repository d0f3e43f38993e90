/** `purpgate keys budget`: sets, removes and shows the budgets of a key or a tenant. */
import { parseArgs } from 'node:util';
import {
  type BudgetScope,
  type BudgetState,
  describeAmount,
  listBudgets,
  removeBudget,
  setBudget,
} from '../../access/budgets.js';
import type { Queryable } from '../../db.js';
import { type KeysIo, UsageError, writeTable } from './io.js';

const MILLIONTHS = 1e6;

/** Resolves with the exit code: 0 done, 1 no such key. */
export async function budget(args: readonly string[], io: KeysIo, database: Queryable): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      tenant: { type: 'string' },
      day: { type: 'boolean', default: false },
      month: { type: 'boolean', default: false },
      tokens: { type: 'string' },
      cost: { type: 'string' },
    },
    allowPositionals: true,
  });
  const of = ownerOf(values.tenant, positionals);
  const asked = [
    { unit: 'tokens', text: values.tokens },
    { unit: 'cost', text: values.cost },
  ] as const;
  if (values.day && values.month) throw new UsageError('say --day or --month');
  for (const { unit, text } of asked) {
    if (text === undefined) continue;
    if (!values.day && !values.month) throw new UsageError(`--${unit}: say --day or --month`);
    const scope: BudgetScope = { ...of, unit, period: values.day ? 'day' : 'month' };
    if (text === 'none') await removeBudget(database, scope);
    else if (!(await setBudget(database, { ...scope, amount: parseAmount(unit, text) }))) {
      io.stderr.write(`There is no key ${of.subject}.\n`);
      return 1;
    }
  }
  writeBudgets(io.stdout, await listBudgets(database, of));
  return 0;
}

function ownerOf(tenant: string | undefined, keys: readonly string[]): Pick<BudgetScope, 'owner' | 'subject'> {
  const [key] = keys;
  if (keys.length === 1 && tenant === undefined && key !== undefined) return { owner: 'key', subject: key };
  if (keys.length === 0 && tenant !== undefined && tenant !== '') return { owner: 'tenant', subject: tenant };
  throw new UsageError('budget needs the id of a key (see list) or --tenant NAME');
}

function parseAmount(unit: BudgetScope['unit'], text: string): number {
  const amount = Math.round(Number(text) * (unit === 'cost' ? MILLIONTHS : 1));
  if (/^\d+(\.\d+)?$/.test(text) && Number.isSafeInteger(amount) && (unit === 'cost' || /^\d+$/.test(text)))
    return amount;
  throw new UsageError(
    unit === 'cost'
      ? '--cost must be an amount of US dollars such as 12.50, or none'
      : '--tokens must be a whole number, or none',
  );
}

export function writeBudgets(output: KeysIo['stdout'], budgets: readonly BudgetState[]): void {
  const rows = budgets.map(({ owner, subject, unit, period, amount, used, resetsAt }) => [
    `${owner} ${subject}`,
    `${describeAmount(unit, amount)} a ${period}`,
    describeAmount(unit, used),
    describeAmount(unit, Math.max(0, amount - used)),
    resetsAt.toISOString(),
  ]);
  writeTable(output, [['BUDGET OF', 'AMOUNT', 'USED', 'LEFT', 'RESETS'], ...rows]);
}
