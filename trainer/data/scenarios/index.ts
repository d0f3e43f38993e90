import { cryptographyScenarios } from './cryptography.js';
import { dataScenarios } from './data-formats.js';
import { fileScenarios } from './files.js';
import { injectionScenarios } from './injection.js';
import { networkScenarios } from './network.js';
import { operationsScenarios } from './operations.js';
import type { Scenario } from './scenario.js';
import { sqlScenarios } from './sql.js';
import { webScenarios } from './web.js';

export const SCENARIOS: readonly Scenario[] = [
  ...sqlScenarios,
  ...injectionScenarios,
  ...fileScenarios,
  ...webScenarios,
  ...networkScenarios,
  ...dataScenarios,
  ...cryptographyScenarios,
  ...operationsScenarios,
];
