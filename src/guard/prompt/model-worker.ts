/** The thread of the prompt model: judges what it is sent, one message after another. */
import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { ModelAnswer, ModelJob, ModelReply, ModelRequest } from './model-protocol.js';
import { LABELS_BY_ROLE } from './prompt-judge.js';
import { higher, loadPromptModel, NO_SCORES, type PromptModel, type Scores } from './prompt-model.js';
import { slicesOf, viewsOf } from './views.js';

if (parentPort === null) throw new Error('model-worker.js runs as a worker thread only');
const port = parentPort;
const reply = (message: ModelReply): void => {
  port.postMessage(message);
};

/** A longer message says enough by itself. */
const LONGEST_FOLLOW_UP = 2000;

async function judge(model: PromptModel, { role, text, before }: ModelJob, signal: AbortSignal): Promise<ModelAnswer> {
  const surroundings = { role, guarded: new Set(before.guarded) };
  const highest = (scores: Scores): number => Math.max(...LABELS_BY_ROLE[role].map((label) => scores[label]));
  let worst: ModelAnswer = { scores: NO_SCORES, changes: [], isJoint: false };
  const add = async (reading: string, from: Omit<ModelAnswer, 'scores'>): Promise<void> => {
    const scores = await model.score(reading, surroundings, signal);
    const source = highest(scores) > highest(worst.scores) ? from : worst;
    worst = { ...source, scores: higher(worst.scores, scores) };
  };
  for (const slice of slicesOf(text)) {
    for (const { text: view, changes } of viewsOf(slice)) await add(view, { changes, isJoint: false });
    // Lets a cancellation in.
    await setImmediate();
  }
  if (before.said !== '' && text.length <= LONGEST_FOLLOW_UP) {
    const [joint] = viewsOf(`${before.said}\n\n${text}`);
    if (joint !== undefined) await add(joint.text, { changes: joint.changes, isJoint: true });
  }
  return worst;
}

const stops = new Map<number, AbortController>();
let queue: Promise<void> = Promise.resolve();

async function work(model: PromptModel, id: number, job: ModelJob): Promise<void> {
  const stop = stops.get(id) ?? new AbortController();
  try {
    reply({ kind: 'done', id, answer: await judge(model, job, stop.signal) });
  } catch (thrown) {
    reply({ kind: 'failed', id, message: thrown instanceof Error ? thrown.message : String(thrown) });
  }
  stops.delete(id);
}

function receive(model: PromptModel, request: ModelRequest): void {
  switch (request.kind) {
    case 'judge':
      stops.set(request.id, new AbortController());
      queue = queue.then(() => work(model, request.id, request.job));
      break;
    case 'cancel':
      stops.get(request.id)?.abort();
      break;
    case 'stop':
      for (const stop of stops.values()) stop.abort();
      // A thread that ends in the middle of a run takes the process with it.
      void queue
        .then(() => model.release())
        .finally(() => {
          port.close();
        });
  }
}

try {
  const model = await loadPromptModel(String(workerData));
  port.on('message', (request: ModelRequest) => {
    receive(model, request);
  });
  reply({ kind: 'ready', hash: model.hash, knows: model.knows });
} catch (thrown) {
  reply({ kind: 'unusable', message: thrown instanceof Error ? thrown.message : String(thrown) });
  port.close();
}
