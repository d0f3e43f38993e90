/** Where the operator's webhooks are asked: beside the other guards, about the prompt, each piece of code, and each whole answer. */
import { PurpgateError } from '../errors.js';
import type { Delta, JsonObject, Message, Verdict } from '../types.js';
import { LARGEST_UNIT } from './code-judge.js';
import type { CodePart } from './embedded-code.js';
import type { GuardContext, InputVerdict } from './guard.js';
import { withheldNotice } from './notices.js';
import { isDenied } from './policy.js';
import type { Webhook, WebhookStage } from './webhook.js';

/** Of a longer answer nothing is served under a policy that asks about answers. In UTF-16 code units. */
const LARGEST_ANSWER = 4 * LARGEST_UNIT;

/** The webhooks of a policy, for one request. */
export class RequestWebhooks {
  constructor(
    private readonly webhooks: readonly Webhook[],
    private readonly context: GuardContext,
  ) {}

  askAbout(stage: WebhookStage): boolean {
    return this.webhooks.some((webhook) => webhook.asksAbout(stage));
  }

  /** @throws PurpgateError `request_aborted`; `guard_failed` where one that blocks on errors has no answer. */
  async prompt(messages: readonly Message[], signal: AbortSignal): Promise<InputVerdict> {
    const body = { messages: messages.map(({ role, content }) => ({ role, content })) };
    const verdicts = await this.ask('prompt', body, signal);
    if (verdicts.some(isFailure)) throw new PurpgateError('guard_failed');
    return { verdicts, blockedBy: verdicts.find(({ action }) => isDenied(action)) ?? null };
  }

  /** `tool`: the one that is called with the code. @throws PurpgateError `request_aborted`. */
  code(parts: readonly CodePart[], tool: string | null, signal: AbortSignal): Promise<readonly Verdict[]> {
    if (parts.length === 0) return Promise.resolve([]);
    const files = parts.map(({ code, language, paths = [] }) => ({ language, paths, code }));
    return this.ask('code', { tool, files }, signal);
  }

  /**
   * Holds every choice until its end, and serves it when all have let it pass; else a notice in its place.
   * @throws PurpgateError `guard_failed` where there is no answer and nothing was served yet.
   */
  async *answers(deltas: AsyncIterable<Delta>, signal: AbortSignal): AsyncGenerator<Delta> {
    const choices = new Map<number, HeldAnswer>();
    let hasServed = false;
    for await (const delta of deltas) {
      if (delta.type === 'prompt' || delta.type === 'usage') {
        yield delta;
        continue;
      }
      const held = choices.get(delta.choice) ?? new HeldAnswer();
      choices.set(delta.choice, held);
      held.add(delta);
      if (delta.type !== 'finish') continue;
      const verdicts = held.isTooLarge ? [TOO_LARGE] : await this.ask('answer', held.body, signal);
      if (!hasServed && verdicts.some(isFailure)) throw new PurpgateError('guard_failed');
      hasServed = true;
      yield* held.served(delta, verdicts);
    }
  }

  /** Adds the verdicts to answers that pass as they come. */
  async *observedAnswers(deltas: AsyncIterable<Delta>, signal: AbortSignal): AsyncGenerator<Delta> {
    const choices = new Map<number, HeldAnswer>();
    for await (const delta of deltas) {
      if (delta.type !== 'prompt' && delta.type !== 'usage') {
        const held = choices.get(delta.choice) ?? new HeldAnswer();
        choices.set(delta.choice, held);
        held.add(delta);
        if (delta.type === 'finish' && !held.isTooLarge)
          for (const verdict of await this.ask('answer', held.body, signal))
            yield { type: 'verdict', choice: delta.choice, verdict };
      }
      yield delta;
    }
  }

  private async ask(stage: WebhookStage, body: JsonObject, signal: AbortSignal): Promise<Verdict[]> {
    const asked = this.webhooks.filter((webhook) => webhook.asksAbout(stage));
    return Promise.all(asked.map((webhook) => webhook.judge({ stage, body, context: this.context }, signal)));
  }
}

const isFailure = ({ label, action }: Verdict): boolean => label === 'guard_failed' && isDenied(action);

const TOO_LARGE: Verdict = {
  stage: 'output',
  guard: 'webhook',
  action: 'block',
  label: 'too_large',
  score: null,
  findings: [],
  scannedBytes: 0,
  ms: 0,
};

type ChoiceDelta = Exclude<Delta, { type: 'prompt' | 'usage' }>;
type Finish = Extract<Delta, { type: 'finish' }>;

class HeldAnswer {
  private deltas: ChoiceDelta[] = [];
  private length = 0;
  private readonly text = { reasoning: '', content: '' };
  private readonly calls: { name: string; arguments: string }[] = [];

  get isTooLarge(): boolean {
    return this.length > LARGEST_ANSWER;
  }

  get body(): JsonObject {
    return { ...this.text, tool_calls: this.calls };
  }

  add(delta: ChoiceDelta): void {
    if ('text' in delta) this.length += delta.text.length;
    if (this.isTooLarge) this.deltas = this.deltas.filter(({ type }) => type === 'verdict');
    if (delta.type === 'verdict') this.deltas.push(delta);
    if (delta.type === 'verdict' || this.isTooLarge) return;
    if (delta.type !== 'finish') this.deltas.push(delta);
    const call = this.calls.at(-1);
    if (delta.type === 'reasoning') this.text.reasoning += delta.text;
    else if (delta.type === 'text') this.text.content += delta.text;
    else if (delta.type === 'tool_start') this.calls.push({ name: delta.name, arguments: '' });
    else if (delta.type === 'tool_args' && call !== undefined) call.arguments += delta.text;
  }

  *served(finish: Finish, verdicts: readonly Verdict[]): Generator<Delta> {
    const { choice } = finish;
    const told = verdicts.map((verdict): Delta => ({ type: 'verdict', choice, verdict }));
    const denial = verdicts.find(({ action }) => isDenied(action));
    if (denial === undefined) {
      yield* this.deltas;
      yield* told;
      yield finish;
      return;
    }
    yield* this.deltas.filter(({ type }) => type === 'verdict');
    yield* told;
    yield { type: 'text', choice, text: `${withheldNotice('the answer', denial)}\n` };
    yield { type: 'finish', choice, reason: 'stop' };
  }
}
