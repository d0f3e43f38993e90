/** SQL injection, in the statements that applications write most. */
import type { Scenario } from './scenario.js';
import { sqlListScenarios } from './sql-lists.js';
import { sqlRowScenarios } from './sql-rows.js';

export const sqlScenarios: readonly Scenario[] = [...sqlRowScenarios, ...sqlListScenarios];
