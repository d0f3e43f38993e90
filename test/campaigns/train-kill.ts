/**
 * kill -9 of a training at every kind of moment. Afterwards each offset of the log has one disposition, the chain of manifests is unbroken,
 * no rollout was sampled twice, and the weights of every step are those of a training that nobody disturbed, and of its rows.
 *
 *   node dist/test/campaigns/train-kill.js [rounds]
 */
import { startTestDatabase } from '../support/database.js';
import { killTraining } from '../support/train-kill.js';

const rounds = Number(process.argv[2] ?? 100);
const server = await startTestDatabase();
process.env['TEST_DATABASE_URL'] = server.url;
try {
  const report = await killTraining(rounds, (text) => {
    console.log(text);
  });
  console.log(JSON.stringify({ rounds, ...report }));
} finally {
  await server.stop();
}
