import { morePhrasings } from '../phrasings.js';
import { systemLookAlikes } from './benign.js';
import { gameLookAlikes } from './benign-games.js';
import { securityWordTasks } from './benign-text.js';
import type { Task } from './task.js';
import { conversionTasks } from './utilities-conversions.js';
import { dateTasks } from './utilities-dates.js';
import { dictTasks } from './utilities-dicts.js';
import { fileTasks } from './utilities-files.js';
import { listTasks } from './utilities-lists.js';
import { numberTasks } from './utilities-numbers.js';
import { sortingTasks } from './utilities-sorting.js';
import { statisticsTasks } from './utilities-statistics.js';
import { textTasks } from './utilities-text.js';
import { wordTasks } from './utilities-words.js';

const utilities: readonly Task[] = [
  ...textTasks,
  ...wordTasks,
  ...numberTasks,
  ...conversionTasks,
  ...statisticsTasks,
  ...listTasks,
  ...sortingTasks,
  ...dictTasks,
  ...fileTasks,
  ...dateTasks,
];

export const UTILITIES: readonly Task[] = utilities.map(morePhrasings);

export const LOOK_ALIKES: readonly Task[] = [...systemLookAlikes, ...gameLookAlikes, ...securityWordTasks].map(
  morePhrasings,
);
