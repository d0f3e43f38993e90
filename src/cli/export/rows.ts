/** Reward events as rows that other trainers read. Pure. */
import { PurpgateError } from '../../errors.js';
import type { RewardEvent } from '../../events/interaction.js';
import { composeAnalysisAnswer } from '../../text/analysis-answer.js';
import type { JsonObject, Message, ToolCall } from '../../types.js';
import { messagesOf } from '../../../trainer/prompts.js';

/** Null for a prompt that is not of messages with text: an export must not end at one record. */
function readMessages(event: RewardEvent): readonly Message[] | null {
  try {
    return messagesOf(event.prompt);
  } catch (thrown) {
    if (thrown instanceof PurpgateError && thrown.code === 'event_invalid') return null;
    throw thrown;
  }
}

/** One row of TRL's type prompt-completion, conversational (huggingface.co/docs/trl/dataset_formats), with columns of ours behind it. Null for a prompt that cannot be read. */
export function trlRow(event: RewardEvent): JsonObject | null {
  const messages = readMessages(event);
  if (messages === null) return null;
  return {
    prompt: messages.map(chatMessage),
    completion: [
      {
        role: 'assistant',
        content: asWritten(event),
        ...(event.response.tool_calls.length > 0 && { tool_calls: event.response.tool_calls.map(chatCall) }),
      },
    ],
    score: event.score,
    kind: event.kind,
    version: event.version,
    interaction_id: event.interaction_id,
    choice: event.choice,
  };
}

/**
 * What the policy wrote, which is what a trainer must learn from or against: the gateway had split it. A foreign model's reasoning came
 * apart from its answer and has no place in a chat message.
 */
function asWritten({ version, response }: RewardEvent): string {
  const isSplit = version !== null && response.reasoning !== '';
  return isSplit ? composeAnalysisAnswer(response.reasoning, response.content) : response.content;
}

function chatMessage(message: Message): JsonObject {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.content };
    case 'assistant':
      return {
        role: message.role,
        content: message.content,
        ...(message.toolCalls.length > 0 && { tool_calls: message.toolCalls.map(chatCall) }),
      };
    case 'tool':
      return { role: message.role, content: message.content, tool_call_id: message.toolCallId };
  }
}

const chatCall = ({ id, name, arguments: given }: ToolCall): JsonObject => ({
  id,
  type: 'function',
  function: { name, arguments: given },
});

/** A row of the Parquet files that verl's RLHFDataset reads (verl.readthedocs.io, "Prepare Data for Post-Training"). */
export interface VerlRow {
  readonly data_source: string;
  readonly prompt: readonly { readonly role: string; readonly content: string }[];
  readonly ability: string;
  readonly reward_model: { readonly style: 'rule'; readonly ground_truth: string };
  readonly extra_info: {
    readonly index: bigint;
    readonly split: 'train';
    readonly interaction_id: string;
    readonly choice: number;
    readonly pool: string;
    readonly version: string | null;
    readonly score: number;
    readonly response: string;
  };
}

/**
 * Null for a prompt that cannot be read, and for a sample with tool calls or their results: verl's messages have a role and a content, and no other field.
 * `ground_truth` is the last turn of the user, in which the tests stand where there are any: the oracles judge against the prompt.
 */
export function verlRow(event: RewardEvent, index: number): VerlRow | null {
  const messages = readMessages(event);
  const hasTools = messages?.some(
    (message) => message.role === 'tool' || (message.role === 'assistant' && message.toolCalls.length > 0),
  );
  if (messages === null || hasTools === true || event.response.tool_calls.length > 0 || event.score === null)
    return null;
  return {
    data_source: `purpgate/${event.kind}`,
    prompt: messages.map(({ role, content }) => ({ role, content })),
    ability: event.kind,
    reward_model: {
      style: 'rule',
      ground_truth: messages.findLast(({ role }) => role === 'user')?.content ?? '',
    },
    extra_info: {
      index: BigInt(index),
      split: 'train',
      interaction_id: event.interaction_id,
      choice: event.choice,
      pool: event.pool,
      version: event.version,
      score: event.score,
      response: asWritten(event),
    },
  };
}
