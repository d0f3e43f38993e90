/** A thread of the scanner's pool: scans what it is sent, one job after another. */
import { parentPort } from 'node:worker_threads';
import type { Job, Reply } from './protocol.js';
import { Analyser } from './scan.js';

const port = parentPort;
if (port === null) throw new Error('worker.js runs as a worker thread only');
const reply = (message: Reply): void => {
  port.postMessage(message);
};
const textOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);

const analyser = new Analyser();

async function work({ id, code, language }: Job): Promise<void> {
  try {
    reply({ kind: 'done', id, answer: await analyser.scanPrefix(code, language) });
  } catch (thrown) {
    reply({ kind: 'failed', id, message: textOf(thrown) });
  }
}

try {
  await analyser.warm();
  port.on('message', (job: Job) => {
    void work(job);
  });
  reply({ kind: 'ready' });
} catch (thrown) {
  reply({ kind: 'unusable', message: thrown instanceof Error ? thrown.message : String(thrown) });
}
