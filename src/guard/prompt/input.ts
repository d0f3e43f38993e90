/** Judges a prompt message by message, and remembers what it judged: agents send their whole conversation again with every turn. */
import { createHash } from 'node:crypto';
import { PurpgateError, toPurpgateError } from '../../errors.js';
import type { Logger } from '../../telemetry.js';
import type { Action, Message, Verdict } from '../../types.js';
import type { GuardContext, InputVerdict } from '../guard.js';
import { withDeadline } from '../deadline.js';
import type { Policy } from '../policy.js';
import { LruCache } from './lru-cache.js';
import { guardedWords } from './model-features.js';
import { NOTHING_BEFORE, type Before, type PromptJudge, type PromptJudgement } from './prompt-judge.js';

interface InputGuardOptions {
  readonly policy: Policy;
  readonly policyHash: string;
  readonly judge: PromptJudge;
  readonly logger: Logger;
  /** Milliseconds for a whole prompt. */
  readonly deadlineMs: number;
  /** Guards of several policies may share one. */
  readonly cache: JudgementCache;
}

export type JudgementCache = LruCache<PromptJudgement>;

const CACHE_ENTRIES = 20_000;
const CACHE_LIFETIME_MS = 3_600_000;

/** `clock`: milliseconds since the epoch. */
export function createJudgementCache(clock: () => number = Date.now): JudgementCache {
  return new LruCache({ entries: CACHE_ENTRIES, lifetimeMs: CACHE_LIFETIME_MS, clock });
}

const NOTHING: PromptJudgement = { label: 'benign', score: 0, evidence: [] };

export class InputGuard {
  constructor(private readonly options: InputGuardOptions) {}

  /** @throws PurpgateError `guard_failed` under a policy that enforces; `request_aborted`. */
  async judge(messages: readonly Message[], context: GuardContext, signal: AbortSignal): Promise<InputVerdict> {
    const started = performance.now();
    if (this.options.policy.prompt.action === 'off') return { verdicts: [], blockedBy: null };
    try {
      const verdict = await withDeadline({ ms: this.options.deadlineMs, signal }, (inTime) =>
        this.worst(messages, context, inTime),
      );
      return answer({ ...verdict, ms: performance.now() - started });
    } catch (thrown) {
      if (signal.aborted) throw new PurpgateError('request_aborted', { cause: thrown });
      if (this.options.policy.mode === 'enforce') throw new PurpgateError('guard_failed', { cause: thrown });
      this.options.logger.error({ error: toPurpgateError(thrown), guard: this.options.judge.name }, 'a guard failed');
      return answer({ ...this.verdict(NOTHING, 'observe', 0), label: 'guard_failed', ms: performance.now() - started });
    }
  }

  private async worst(messages: readonly Message[], context: GuardContext, signal: AbortSignal): Promise<Verdict> {
    let worst = this.verdict(NOTHING, 'allow', 0);
    let bytes = 0;
    const earlier = new Earlier();
    for (const message of messages) {
      const text = textOf(message);
      bytes += Buffer.byteLength(text);
      const before = message.role === 'user' ? earlier.before() : NOTHING_BEFORE;
      earlier.add(message);
      const judgement = await this.cached(message.role, text, { tenant: context.tenant, before, signal });
      const action = this.actionFor(message.role, judgement);
      const isWorse =
        action === 'block'
          ? worst.action !== 'block'
          : worst.action !== 'block' && judgement.score > (worst.score ?? 0);
      if (isWorse) worst = this.verdict(judgement, action, 0);
    }
    return { ...worst, scannedBytes: bytes };
  }

  private async cached(
    role: Message['role'],
    text: string,
    { tenant, before, signal }: { tenant: string; before: Before; signal: AbortSignal },
  ): Promise<PromptJudgement> {
    const key = createHash('sha256')
      .update(JSON.stringify([tenant, this.options.policyHash, role, before.guarded, before.said.length]))
      .update(before.said)
      .update(text)
      .digest('base64');
    const known = this.options.cache.get(key);
    if (known !== undefined) return known;
    const judgement = await this.options.judge.judge(role, text, { signal, before });
    this.options.cache.set(key, judgement);
    return judgement;
  }

  private actionFor(role: Message['role'], { label, score }: PromptJudgement): Action {
    const { mode, prompt } = this.options.policy;
    if (label === 'benign' || score < prompt.annotateFrom) return 'allow';
    if (mode === 'observe') return 'observe';
    // An answer of ours that speaks of attacks must not block the turn after it; it was judged when it was given.
    const isBlocked = prompt.action !== 'annotate' && score >= prompt.blockFrom[label] && role !== 'assistant';
    return isBlocked ? 'block' : 'annotate';
  }

  private verdict({ label, score, evidence }: PromptJudgement, action: Action, bytes: number): Verdict {
    return {
      stage: 'input',
      guard: this.options.judge.name,
      action,
      label: action === 'allow' ? 'benign' : label,
      score,
      findings:
        action === 'allow'
          ? []
          : evidence.map(({ rule, message }) => ({
              rule,
              cwe: null,
              severity: action === 'block' ? 'high' : 'medium',
              message,
              advice: '',
              span: null,
              action,
            })),
      scannedBytes: bytes,
      ms: 0,
    };
  }
}

function answer(verdict: Verdict): InputVerdict {
  return { verdicts: [verdict], blockedBy: verdict.action === 'block' ? verdict : null };
}

/** Of what the user said earlier, so many characters are read together with the next message, the last ones. */
const EARLIER_CHARACTERS = 4000;

/** What a conversation has said so far. */
class Earlier {
  private said = '';
  private guarded: readonly string[] = [];

  add({ role, content }: Message): void {
    if (role === 'user') this.said = `${this.said}\n\n${content}`.slice(-EARLIER_CHARACTERS);
    else if (role === 'system') this.guarded = [...new Set([...this.guarded, ...guardedWords(content)])];
  }

  before(): Before {
    return { said: this.said, guarded: this.guarded };
  }
}

/** All that a message says, reasoning too: a client may have written it. */
function textOf(message: Message): string {
  return message.role === 'assistant' && message.reasoning !== undefined
    ? `${message.reasoning}\n\n${message.content}`
    : message.content;
}
