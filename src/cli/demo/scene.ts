/** What the acts of the demo share. */
import type { Database } from '../../db.js';
import type { Display } from '../../../trainer/progress.js';
import type { Logger } from '../../telemetry.js';
import type { CommandIo } from '../command.js';
import type { Endpoint } from './traffic.js';

export interface DemoOptions {
  readonly folder: string;
  readonly requests: number;
  readonly prompts: number;
  readonly evaluate: number;
  readonly seed: number;
  readonly threads: number;
  /** Entry file of the training process; it is called as the command line is. */
  readonly trainer: string;
}

export interface Scene extends DemoOptions {
  readonly io: CommandIo;
  readonly display: Display;
  readonly logger: Logger;
  readonly database: Database;
  readonly endpoint: Endpoint;
}

/** Pool of the key that the demo uses, and the pool that its versions serve. */
export const TRAFFIC_POOL = 'local';
export const SERVED_POOL = 'shared';
