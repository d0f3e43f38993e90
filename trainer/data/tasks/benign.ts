/** Harmless tasks whose words sound dangerous. Without many of them a policy learns to refuse words instead of intents. */
import { codeLookAlikes } from './benign-code.js';
import { dataLookAlikes } from './benign-data.js';
import { defenceLookAlikes } from './benign-defence.js';
import { peopleLookAlikes } from './benign-people.js';
import { processLookAlikes } from './benign-process.js';
import { scienceLookAlikes } from './benign-science.js';
import type { Task } from './task.js';

export const systemLookAlikes: readonly Task[] = [
  ...codeLookAlikes,
  ...dataLookAlikes,
  ...defenceLookAlikes,
  ...peopleLookAlikes,
  ...processLookAlikes,
  ...scienceLookAlikes,
];
