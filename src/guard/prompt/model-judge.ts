/** The prompt judge that goes by a trained model, which runs in a thread of its own. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { PurpgateError } from '../../errors.js';
import type { Message } from '../../types.js';
import type { ModelAnswer, ModelReply, ModelRequest } from './model-protocol.js';
import {
  LABELS_BY_ROLE,
  NOTHING_BEFORE,
  type AttackLabel,
  type JudgeOptions,
  type PromptJudge,
  type PromptJudgement,
} from './prompt-judge.js';

export interface StoppableJudge extends PromptJudge {
  /** Idempotent; waits for the thread to end. What waits is refused with `guard_failed`. */
  stop(): Promise<void>;
}

export interface ModelPromptJudge extends PromptJudge {
  /** The labels that the model tells apart. */
  readonly knows: readonly AttackLabel[];
}

interface Waiting {
  readonly resolve: (answer: ModelAnswer) => void;
  readonly reject: (error: PurpgateError) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly hash: string;
  readonly knows: readonly AttackLabel[];
  readonly ended: Promise<unknown>;
}

const failure = (message: string): PurpgateError => new PurpgateError('guard_failed', { message });

/** @param folder of the model. @throws PurpgateError `setting_invalid` when it holds no model that can be used. */
export async function createModelJudge(folder: string): Promise<StoppableJudge & ModelPromptJudge> {
  const judge = new ModelJudge(folder);
  await judge.start();
  return judge;
}

class ModelJudge implements StoppableJudge, ModelPromptJudge {
  readonly name = 'prompt-model';
  hash = '';
  knows: readonly AttackLabel[] = [];
  /** Null when there is none: it died, and the next message starts another. */
  private thread: Promise<Thread> | null = null;
  private running: Thread | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private isStopped = false;
  private lastId = 0;

  constructor(private readonly folder: string) {}

  async start(): Promise<Thread> {
    if (this.isStopped) throw failure('the prompt model is stopped');
    const opening = (this.thread ??= this.open());
    const thread = await opening;
    if (this.thread === opening) this.running = thread;
    this.hash = thread.hash;
    this.knows = thread.knows;
    return thread;
  }

  async judge(role: Message['role'], text: string, options: JudgeOptions): Promise<PromptJudgement> {
    const { signal, before = NOTHING_BEFORE } = options;
    // No turn is waited for where it runs: what the caller does next runs beside it.
    const { worker } = this.running ?? (await this.start());
    if (signal.aborted) throw failure('the prompt model was told to stop');
    this.lastId += 1;
    const id = this.lastId;
    const post = (request: ModelRequest): void => {
      worker.postMessage(request);
    };
    const abort = (): void => {
      post({ kind: 'cancel', id });
      this.waiting.get(id)?.reject(failure('the prompt model was told to stop'));
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      const answer = await new Promise<ModelAnswer>((resolve, reject) => {
        this.waiting.set(id, { resolve, reject });
        worker.ref();
        post({ kind: 'judge', id, job: { role, text, before } });
      });
      return judgementOf(role, answer);
    } finally {
      signal.removeEventListener('abort', abort);
      this.waiting.delete(id);
      if (this.waiting.size === 0) worker.unref();
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.running = null;
    this.failAll('the prompt model was stopped');
    const thread = await this.thread?.catch(() => null);
    if (thread === null || thread === undefined) return;
    // Whoever waits for its end must not end before it.
    thread.worker.ref();
    thread.worker.postMessage({ kind: 'stop' } satisfies ModelRequest);
    await thread.ended;
  }

  private async open(): Promise<Thread> {
    const worker = new Worker(new URL('./model-worker.js', import.meta.url), { workerData: this.folder });
    const ended = once(worker, 'exit').catch(() => undefined);
    try {
      const [first] = (await once(worker, 'message')) as [ModelReply];
      if (first.kind !== 'ready')
        throw new PurpgateError('setting_invalid', {
          publicMessage: `GUARD_PROMPT_MODEL: ${first.kind === 'unusable' ? first.message : 'it did not start'}`,
        });
      worker.unref();
      worker.on('message', (reply: ModelReply) => {
        this.receive(reply);
      });
      worker.on('error', (error) => {
        this.died(`the prompt model's thread died: ${error.message}`);
      });
      worker.on('exit', () => {
        this.died("the prompt model's thread ended");
      });
      return { worker, hash: first.hash, knows: first.knows, ended };
    } catch (thrown) {
      this.thread = null;
      throw thrown instanceof PurpgateError
        ? thrown
        : failure(`the prompt model's thread did not start: ${String(thrown)}`);
    }
  }

  private receive(reply: ModelReply): void {
    switch (reply.kind) {
      case 'done':
        this.waiting.get(reply.id)?.resolve(reply.answer);
        break;
      case 'failed':
        this.waiting.get(reply.id)?.reject(failure(reply.message));
        break;
      case 'ready':
      case 'unusable':
        break;
    }
  }

  private died(reason: string): void {
    this.running = null;
    if (!this.isStopped) this.thread = null;
    this.failAll(reason);
  }

  private failAll(reason: string): void {
    for (const { reject } of this.waiting.values()) reject(failure(reason));
  }
}

function judgementOf(role: Message['role'], { scores, changes, isJoint }: ModelAnswer): PromptJudgement {
  let worst: PromptJudgement = { label: 'benign', score: 0, evidence: [] };
  for (const label of LABELS_BY_ROLE[role]) {
    const score = scores[label];
    if (score <= worst.score) continue;
    const together = isJoint ? ' together with what was said before' : '';
    const message = `The prompt model takes this${together} for ${label} (score ${score.toFixed(2)}).`;
    worst = { label, score, evidence: [{ rule: `${label}/model`, message, weight: score }] };
  }
  if (changes.length === 0 || worst.label === 'benign') return worst;
  const message = `Read after undoing ${[...new Set(changes)].join(', ')}.`;
  return { ...worst, evidence: [...worst.evidence, { rule: 'prompt/disguise', message, weight: 0 }] };
}
