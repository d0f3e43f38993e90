/** What a whole message and a streamed one have in common. */
import { PurpgateError, unreachable } from '../../errors.js';
import type { Delta, Usage } from '../../types.js';
import type { ResponseIdentity } from '../format.js';
import type { MessagesAnswer, MessagesUsage } from '../wire.js';

/** How one caller wants a message written. */
export interface MessagesStyle {
  /** As with Anthropic, only callers that ask for thinking see it: others take the first block for the answer. */
  readonly thinking: 'shown' | 'hidden';
}

export type Finish = Delta & { readonly type: 'finish' };

export function toHead({ id, model }: ResponseIdentity): Pick<MessagesAnswer, 'id' | 'type' | 'role' | 'model'> {
  return { id: `msg_${id}`, type: 'message', role: 'assistant', model };
}

/** @throws PurpgateError `internal_error` when there is no finish. */
export function toStop(finish: Finish | null): Pick<MessagesAnswer, 'stop_reason' | 'stop_sequence'> {
  if (finish === null) throw new PurpgateError('internal_error', { message: 'the answer ended without a finish' });
  switch (finish.reason) {
    case 'stop':
      return finish.stopSequence === undefined
        ? { stop_reason: 'end_turn', stop_sequence: null }
        : { stop_reason: 'stop_sequence', stop_sequence: finish.stopSequence };
    case 'length':
      return { stop_reason: 'max_tokens', stop_sequence: null };
    case 'tool_calls':
      return { stop_reason: 'tool_use', stop_sequence: null };
    default:
      return unreachable(finish.reason);
  }
}

export function toMessagesUsage(usage: Usage): MessagesUsage {
  return {
    // The whole prompt. Clients add what a cache gave to it, so that is not told apart.
    input_tokens: usage.promptTokens,
    output_tokens: usage.completionTokens,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: null,
    output_tokens_details: { thinking_tokens: usage.reasoningTokens },
  };
}

/** Clients demand one on every thinking block and send it back unread. It proves nothing: what comes back is untrusted all the same. */
export function toSignature({ id }: ResponseIdentity): string {
  return Buffer.from(id).toString('base64');
}
