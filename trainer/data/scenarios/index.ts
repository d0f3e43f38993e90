import { morePhrasings } from '../phrasings.js';
import { connectionScenarios } from './connections.js';
import { cryptographyScenarios } from './cryptography.js';
import { dataScenarios } from './data-formats.js';
import { fileScenarios } from './files.js';
import { injectionScenarios } from './injection.js';
import { integrityScenarios } from './integrity.js';
import { networkScenarios } from './network.js';
import { newFileScenarios } from './new-files.js';
import { operationsScenarios } from './operations.js';
import type { Scenario } from './scenario.js';
import { secretScenarios } from './secrets.js';
import { sqlScenarios } from './sql.js';
import { responseScenarios } from './web-responses.js';
import { webScenarios } from './web.js';

const scenarios: readonly Scenario[] = [
  ...sqlScenarios,
  ...injectionScenarios,
  ...fileScenarios,
  ...newFileScenarios,
  ...webScenarios,
  ...responseScenarios,
  ...networkScenarios,
  ...connectionScenarios,
  ...dataScenarios,
  ...cryptographyScenarios,
  ...secretScenarios,
  ...integrityScenarios,
  ...operationsScenarios,
];

export const SCENARIOS: readonly Scenario[] = scenarios.map(morePhrasings);
