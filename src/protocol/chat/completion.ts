/** Chat completions: the Deltas of a whole answer to one `chat.completion` object. */
import { PurpgateError, unreachable } from '../../errors.js';
import type { Delta, FinishReason, TokenLogprob, Usage } from '../../types.js';
import type { ResponseIdentity, WholeAnswer } from '../format.js';
import { toWireLogprobs } from '../logprobs.js';
import {
  toWireUsage,
  toWireVerdict,
  type ChatCompletion,
  type WireAssistantMessage,
  type WireVerdict,
} from '../wire.js';
import type { ChatStyle } from './style.js';

interface GatheredChoice {
  readonly text: string[];
  readonly logprobs: TokenLogprob[];
  readonly reasoning: string[];
  readonly toolCalls: { readonly id: string; readonly name: string; readonly arguments: string[] }[];
  finish: FinishReason | null;
}

export class ChatCompletionBuilder implements WholeAnswer {
  private readonly choices: GatheredChoice[] = [];
  private readonly verdicts: WireVerdict[] = [];
  private usage: Usage | null = null;

  constructor(
    private readonly identity: ResponseIdentity,
    private readonly style: ChatStyle,
  ) {}

  add(delta: Delta): void {
    switch (delta.type) {
      case 'prompt':
        return;
      case 'text': {
        const choice = this.choice(delta.choice);
        choice.text.push(delta.text);
        choice.logprobs.push(...(delta.logprobs ?? []));
        return;
      }
      case 'reasoning':
        this.choice(delta.choice).reasoning.push(delta.text);
        return;
      case 'tool_start':
        this.choice(delta.choice).toolCalls.push({ id: delta.id, name: delta.name, arguments: [] });
        return;
      case 'tool_args':
        // A call is closed by the next start, so arguments always belong to the last one.
        this.choice(delta.choice).toolCalls.at(-1)?.arguments.push(delta.text);
        return;
      case 'finish':
        this.choice(delta.choice).finish = delta.reason;
        return;
      case 'verdict': {
        const verdict = toWireVerdict(delta.choice, delta.verdict);
        if (verdict !== null) this.verdicts.push(verdict);
        return;
      }
      case 'usage':
        this.usage = delta.usage;
        return;
      default:
        unreachable(delta);
    }
  }

  build(): { readonly body: ChatCompletion; readonly verdicts: readonly WireVerdict[] } {
    if (this.usage === null) throw new PurpgateError('internal_error', { message: 'the answer ended without usage' });
    const { id, created, model, version } = this.identity;
    const body: ChatCompletion = {
      id: `chatcmpl-${id}`,
      object: 'chat.completion',
      created,
      model,
      ...(version !== null && { system_fingerprint: version }),
      choices: Array.from(this.choices, (choice, index) => this.buildChoice(choice, index)),
      usage: toWireUsage(this.usage),
      purpgate: { interaction_id: id, version, verdicts: this.verdicts },
    };
    return { body, verdicts: this.verdicts };
  }

  private choice(index: number): GatheredChoice {
    return (this.choices[index] ??= { text: [], logprobs: [], reasoning: [], toolCalls: [], finish: null });
  }

  private buildChoice(choice: GatheredChoice | undefined, index: number): ChatCompletion['choices'][number] {
    if (choice?.finish == null)
      throw new PurpgateError('internal_error', { message: `choice ${index} ended without a finish` });
    return {
      index,
      message: this.buildMessage(choice, index),
      logprobs: choice.logprobs.length === 0 ? null : { content: toWireLogprobs(choice.logprobs), refusal: null },
      finish_reason: choice.finish,
    };
  }

  private buildMessage(choice: GatheredChoice, index: number): WireAssistantMessage {
    const text = choice.text.join('');
    const reasoning = choice.reasoning.join('');
    const isRefused = this.style.notices === 'refusal' && this.verdicts.some((verdict) => withholds(verdict, index));
    return {
      role: 'assistant',
      content: isRefused || (text === '' && choice.toolCalls.length > 0) ? null : text,
      refusal: isRefused ? text : null,
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(choice.toolCalls.length > 0 && {
        tool_calls: choice.toolCalls.map((call) => ({
          id: call.id,
          type: 'function',
          function: { name: call.name, arguments: call.arguments.join('') },
        })),
      }),
    };
  }
}

/** A blocked prompt withholds every choice, a blocked answer only its own. */
export function withholds(verdict: WireVerdict, choice: number): boolean {
  return verdict.action === 'block' && (verdict.stage === 'input' || verdict.choice === choice);
}
