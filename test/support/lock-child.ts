/** Takes the data folder's lock, prints what came of it, and stays while it holds it. */
import { PurpgateError } from '../../src/errors.js';
import { lockDataFolder } from '../../src/instance-lock.js';

try {
  await lockDataFolder(process.argv[2] ?? '');
  console.log('held');
  setInterval(() => undefined, 1_000);
} catch (thrown) {
  console.log(thrown instanceof PurpgateError ? thrown.code : String(thrown));
}
