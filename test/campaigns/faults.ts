/**
 * `npm run campaign:faults -- [requests]`: one upstream in three flaps (ten answers 503, ten good ones, and so on) under 64 streams at once. Prints
 * the row of docs/reliability.md; exit status 1 when fewer than 99.9 % succeed, one is late, or one is not in the log.
 */
import { createCodeScanner } from '../../src/guard/code/scanner.js';
import { ask, gatewayBefore, isWhole, TOTAL_MS, type Asked } from '../support/faulty-upstream.js';
import { completion, startScriptedUpstream, steps, textDeltas } from '../support/scripted-upstream.js';

const STREAMS = 64;
const FLAP = 10;
const LEAST_SUCCESS = 0.999;

const count = Number(process.argv[2] ?? 10_000);
let turn = 0;
const flapping = await startScriptedUpstream(() =>
  Math.floor(turn++ / FLAP) % 2 === 0
    ? { status: 503, body: {} }
    : { steps: steps([...textDeltas('fine')]).concat(completion('')) },
);
const well = await Promise.all([1, 2].map(() => startScriptedUpstream({ steps: completion('fine') })));
const scanner = await createCodeScanner({ workers: 1 });
const gateway = await gatewayBefore(
  [flapping, ...well].map(({ url }) => url),
  scanner,
);
const answers: Asked[] = [];
let next = 0;
const client = async (): Promise<void> => {
  while (next < count) {
    answers.push(await ask(gateway, `session ${next++}`));
    if (answers.length % 1000 === 0) process.stderr.write(`${answers.length} of ${count}\n`);
  }
};
await Promise.all(Array.from({ length: STREAMS }, client));
const recorded = await gateway.recorded();
const failed = answers.filter((answer) => !isWhole(answer));
const late = answers.filter(({ ms }) => ms > TOTAL_MS);
const slowest = Math.max(...answers.map(({ ms }) => ms));
console.log(
  '| requests | asked of the flapping one | succeeded | past their time-out | slowest | in the log |\n|---|---|---|---|---|---|',
);
console.log(
  `| ${answers.length} | ${turn} | ${((100 * (answers.length - failed.length)) / answers.length).toFixed(3)} % | ${late.length} | ${slowest.toFixed(0)} ms | ${recorded} |`,
);
if (failed[0] !== undefined) console.log(failed[0].text.slice(0, 500));
await gateway.stop();
await scanner.stop();
for (const upstream of [flapping, ...well]) await upstream.stop();
const isGood =
  failed.length <= answers.length * (1 - LEAST_SUCCESS) && late.length === 0 && recorded === answers.length;
process.exit(isGood && turn > 0 ? 0 : 1);
