import { systemLookAlikes } from './benign.js';
import { gameLookAlikes } from './benign-games.js';
import { securityWordTasks } from './benign-text.js';
import type { Task } from './task.js';
import { dataTasks } from './utilities-data.js';
import { textAndNumberTasks } from './utilities-text.js';

export const UTILITIES: readonly Task[] = [...textAndNumberTasks, ...dataTasks];

export const LOOK_ALIKES: readonly Task[] = [...systemLookAlikes, ...gameLookAlikes, ...securityWordTasks];
