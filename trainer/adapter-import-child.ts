/** Entry of the process that imports one adapter: learner and engine block and fill memory, which the gateway must not feel. */
import { once } from 'node:events';
import { toErrorMessage } from '../src/engine/embedded/protocol.js';
import { toPurpgateError } from '../src/errors.js';
import { importAdapter } from './adapter-import.js';
import { isImportJob, type ImportReply } from './adapter-import-process.js';

const ended = new AbortController();
process.once('disconnect', () => {
  ended.abort();
});
const [job] = (await once(process, 'message')) as unknown[];
let reply: ImportReply;
try {
  if (!isImportJob(job)) throw new TypeError('not a job');
  reply = { type: 'imported', ...(await importAdapter(job, ended.signal)) };
} catch (thrown) {
  reply = { type: 'refused', error: toErrorMessage(toPurpgateError(thrown)) };
}
process.send?.(reply, () => {
  process.disconnect();
});
