/** Guards of the operator: servers that are asked about prompts, code and answers. docs/guard.md has what is sent and what is read. */
import { request } from 'undici';
import { operatorSecret } from '../config.js';
import { PurpgateError, toPurpgateError } from '../errors.js';
import type { Logger } from '../telemetry.js';
import type { Action, JsonObject, Verdict } from '../types.js';
import { withDeadline } from './deadline.js';
import type { GuardContext } from './guard.js';

export const WEBHOOK_STAGES = ['prompt', 'code', 'answer'] as const;
export type WebhookStage = (typeof WEBHOOK_STAGES)[number];

export interface WebhookSettings {
  readonly name: string;
  readonly url: string;
  /** Sent with each request; its value is what the environment variable holds. */
  readonly header: { readonly name: string; readonly variable: string } | null;
  readonly timeoutMs: number;
  /** What becomes of text on which there is no answer. */
  readonly onError: 'block' | 'allow';
  readonly stages: readonly WebhookStage[];
}

export const WEBHOOK_GUARD = 'webhook';

/** An answer is a verdict and a reason. In bytes. */
const LARGEST_ANSWER = 16 << 10;
const LONGEST_REASON = 500;

interface WebhookAnswer {
  readonly action: 'allow' | 'annotate' | 'block';
  readonly rule: string | null;
  readonly reason: string | null;
}

interface Question {
  readonly stage: WebhookStage;
  /** What is to be judged. */
  readonly body: JsonObject;
  readonly context: GuardContext;
}

export class Webhook {
  constructor(
    private readonly settings: WebhookSettings,
    private readonly parts: { readonly logger: Logger; readonly mode: 'enforce' | 'observe' },
  ) {}

  asksAbout(stage: WebhookStage): boolean {
    return this.settings.stages.includes(stage);
  }

  /** A failure is a verdict with the label `guard_failed`. @throws PurpgateError `request_aborted`. */
  async judge({ stage, body, context }: Question, signal: AbortSignal): Promise<Verdict> {
    const { name, timeoutMs, onError } = this.settings;
    const started = performance.now();
    const { requestId, tenant, keyId } = context;
    const question = JSON.stringify({ version: 1, stage, request_id: requestId, tenant, key_id: keyId, ...body });
    const told = { question, stage, started };
    try {
      const answer = await withDeadline({ ms: timeoutMs, signal }, (inTime) => this.ask(question, inTime));
      return this.verdict(answer, told);
    } catch (thrown) {
      if (signal.aborted) throw new PurpgateError('request_aborted', { cause: thrown });
      this.parts.logger.error({ error: toPurpgateError(thrown), webhook: name, stage, requestId }, 'a webhook failed');
      const action = onError === 'block' ? 'block' : 'allow';
      const failure = this.verdict({ action, rule: null, reason: null }, told);
      return {
        ...failure,
        // Nothing was judged, and the record says so.
        action: failure.action === 'block' ? 'block' : 'observe',
        label: 'guard_failed',
        findings: [],
        scannedBytes: 0,
      };
    }
  }

  /** Redirects are never followed: they would name an address that no operator has written. */
  private async ask(question: string, signal: AbortSignal): Promise<WebhookAnswer> {
    const { url, header } = this.settings;
    const secret = header === null ? null : operatorSecret(header.variable);
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(header !== null && secret !== null && { [header.name]: secret }),
      },
      body: question,
      signal,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    // Left early, the loop destroys the body.
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (statusCode !== 200 || bytes > LARGEST_ANSWER) break;
      chunks.push(chunk);
    }
    if (statusCode !== 200) throw failed(`answered ${statusCode}`);
    if (bytes > LARGEST_ANSWER) throw failed(`answered more than ${LARGEST_ANSWER} bytes`);
    return readAnswer(Buffer.concat(chunks).toString('utf8'));
  }

  private verdict(
    { action: wanted, rule, reason }: WebhookAnswer,
    { question, stage, started }: { question: string; stage: WebhookStage; started: number },
  ): Verdict {
    const guard = `${WEBHOOK_GUARD}/${this.settings.name}`;
    const action: Action = wanted === 'allow' || this.parts.mode === 'enforce' ? wanted : 'observe';
    const finding = {
      rule: rule === null ? guard : `${guard}/${rule}`,
      cwe: null,
      severity: action === 'block' ? 'high' : 'medium',
      message: reason ?? 'The operator of this gateway does not allow it.',
      advice: '',
      span: null,
      action,
    } as const;
    return {
      stage: stage === 'prompt' ? 'input' : 'output',
      guard,
      action,
      label: wanted === 'allow' ? 'passed' : 'not_allowed',
      score: null,
      findings: wanted === 'allow' ? [] : [finding],
      scannedBytes: Buffer.byteLength(question),
      ms: performance.now() - started,
    };
  }
}

const failed = (message: string): PurpgateError =>
  new PurpgateError('guard_failed', { message: `webhook: ${message}` });

const ACTIONS = ['allow', 'annotate', 'block'] as const;
const RULE = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Anything that is not exactly an answer is a failure: a typing error must not let text pass. */
function readAnswer(text: string): WebhookAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new PurpgateError('guard_failed', { message: 'webhook: answered no JSON', cause: thrown });
  }
  if (typeof value !== 'object' || value === null || !('action' in value)) throw failed('answered without an action');
  const action = ACTIONS.find((known) => known === value.action);
  if (action === undefined) throw failed(`answered an action that is none of ${ACTIONS.join(', ')}`);
  const rule = 'rule' in value ? value.rule : null;
  if (rule !== null && (typeof rule !== 'string' || !RULE.test(rule))) throw failed('answered a rule that is no name');
  const reason = 'reason' in value ? value.reason : null;
  if (reason !== null && typeof reason !== 'string') throw failed('answered a reason that is no text');
  return { action, rule, reason: reason?.slice(0, LONGEST_REASON).trim() || null };
}
