/** Types of the HTTP contract by short names, and the parts that every response format shares. */
import type { Usage, Verdict } from '../types.js';
import type { components } from './openapi.gen.js';

type Schemas = components['schemas'];
export type ChatCompletionRequest = Schemas['ChatCompletionRequest'];
export type ChatCompletion = Schemas['ChatCompletion'];
export type ChatMessage = Schemas['ChatMessage'];
export type WireTokenLogprob = Schemas['TokenLogprob'];
export type TextCompletionRequest = Schemas['TextCompletionRequest'];
export type TextCompletion = Schemas['TextCompletion'];
export type WireTextLogprobs = NonNullable<Schemas['TextCompletionLogprobs']>;
export type WireAssistantMessage = Schemas['AssistantMessage'];
type WireUsage = Schemas['Usage'];
export type WireVerdict = Schemas['Verdict'];
export type WireExtension = Schemas['Purpgate'];
export type ResponsesRequest = Schemas['ResponsesRequest'];
export type ResponsesInputItem = Schemas['ResponsesInputItem'];
export type ResponsesTool = Schemas['ResponsesTool'];
export type ResponseObject = Schemas['Response'];
export type ResponseItem = Schemas['ResponseItem'];
export type ResponseItemStatus = Schemas['ResponseItemStatus'];
export type ResponseMessage = Schemas['ResponseMessage'];
export type ResponseReasoning = Schemas['ResponseReasoning'];
export type ResponseSummaryText = Schemas['ResponseSummaryText'];
export type ResponseUsage = Schemas['ResponseUsage'];
export type MessagesRequest = Schemas['MessagesRequest'];
export type CountTokensRequest = Schemas['CountTokensRequest'];
export type CountTokensAnswer = Schemas['CountTokensAnswer'];
export type MessagesTurn = Schemas['MessagesTurn'];
export type MessagesBlock = Schemas['MessagesBlock'];
export type MessagesAnswer = Schemas['MessagesAnswer'];
export type MessagesAnswerBlock = Schemas['MessagesAnswerBlock'];
export type MessagesUsage = Schemas['MessagesUsage'];
export type MessagesError = Schemas['MessagesError'];
export type ModelObject = Schemas['Model'];
export type ModelList = Schemas['ModelList'];
export type FeedbackRequest = Schemas['FeedbackRequest'];
export type FeedbackObject = Schemas['Feedback'];
export type CreateKeyRequest = Schemas['CreateKeyRequest'];
export type KeyObject = Schemas['Key'];
export type VersionList = Schemas['VersionList'];
export type PromoteVersionRequest = Schemas['PromoteVersionRequest'];
export type RegisterVersionRequest = Schemas['RegisterVersionRequest'];
export type RollbackVersionRequest = Schemas['RollbackVersionRequest'];
export type ReloadResult = Schemas['ReloadResult'];
export type Readiness = Schemas['Readiness'];

type WireAction = Schemas['Action'];

export function toWireUsage(usage: Usage): WireUsage {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}

const STRENGTH: readonly WireAction[] = ['annotate', 'redact', 'repair', 'block'];

/** Null for actions that a caller is not told of: scores of what passed would be an oracle for whoever searches a way around the guard. */
function toWireAction(action: Verdict['action']): WireAction | null {
  return action === 'allow' || action === 'observe' ? null : action;
}

/** Null when the caller is not told of the verdict. */
export function toWireVerdict(choice: number, verdict: Verdict): WireVerdict | null {
  const action = toWireAction(verdict.action);
  if (action === null) return null;
  const { stage, guard, label, score } = verdict;
  return { choice, stage, guard, action, label, score, findings: verdict.findings.flatMap(toWireFinding) };
}

function toWireFinding(finding: Verdict['findings'][number]): WireVerdict['findings'] {
  const action = toWireAction(finding.action);
  if (action === null) return [];
  const { rule, cwe, severity, advice, message, span } = finding;
  const told = { rule, cwe, severity, action, advice };
  // A message may quote the text, so it goes only where the text itself went.
  if (action !== 'annotate') return [told];
  return [{ ...told, message, ...(span === null ? {} : { line: span.line, end_line: span.endLine }) }];
}

/** The strongest action of the verdicts; `allow` when there is none. */
export function strongestAction(verdicts: readonly WireVerdict[]): WireAction | 'allow' {
  return STRENGTH.findLast((action) => verdicts.some((verdict) => verdict.action === action)) ?? 'allow';
}
