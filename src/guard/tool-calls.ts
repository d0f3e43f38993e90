/** Judges tool calls: coding agents receive code in arguments, not in text. A call is atomic; its arguments are JSON, perhaps cut short. */
import { isJson, stringLeaves, type StringLeaf } from '../text/partial-json.js';
import { redactionMark, replaceSpans } from '../text/secrets.js';
import type { Delta, TokenSpan, Verdict } from '../types.js';
import { CODE_GUARD, LARGEST_UNIT, type CodeJudge } from './code-judge.js';
import { codeInParts } from './embedded-code.js';
import { codeInLeaves } from './json-code.js';
import { judgeParts } from './judge-parts.js';
import { withheldNotice } from './notices.js';
import { type Detector, PERSONAL_DATA, SECRETS, textVerdict } from './detector.js';
import { isDenied, type Policy } from './policy.js';

type ToolDelta = Extract<Delta, { type: 'tool_start' | 'tool_args' }>;

export type JudgedCall = { readonly verdicts: readonly Verdict[] } & (
  | { readonly type: 'released'; readonly deltas: readonly ToolDelta[] }
  | { readonly type: 'denied'; readonly notice: string }
);

/** A call that is being generated. Holds at most LARGEST_UNIT characters; what is longer is denied unread. */
export class HeldCall {
  private readonly parts: string[] = [];
  private readonly tokens: TokenSpan[] = [];
  private length = 0;

  constructor(private readonly start: Extract<Delta, { type: 'tool_start' }>) {}

  add(delta: Extract<Delta, { type: 'tool_args' }>): void {
    this.length += delta.text.length;
    if (this.length > LARGEST_UNIT) return;
    this.parts.push(delta.text);
    if (delta.tokens !== undefined) this.tokens.push(delta.tokens);
  }

  /** @throws PurpgateError `request_aborted`. */
  async judge(options: { judge: CodeJudge; policy: Policy; signal: AbortSignal }): Promise<JudgedCall> {
    const { judge, policy, signal } = options;
    const json = this.parts.join('');
    const verdict = this.length > LARGEST_UNIT ? judge.tooLarge() : await judgeArguments(json, judge, signal);
    if (isDenied(verdict.action)) return this.denied([verdict]);
    const parts = judge.holdsAll ? codeInLeaves(readArguments(json)) : [];
    const verdicts = [verdict, ...(await judge.others(parts, this.start.name, signal))];
    if (verdicts.some(({ action }) => isDenied(action))) return this.denied(verdicts);
    const redacting: Detector[] = [];
    for (const [detector, { tools: action }] of [
      [SECRETS, policy.secrets],
      [PERSONAL_DATA, policy.personalData],
    ] as const) {
      if (action === 'off') continue;
      const kinds = kindsIn(json, detector);
      verdicts.push(textVerdict(detector, kinds, { action, bytes: Buffer.byteLength(json) }));
      if (kinds.length > 0 && isDenied(action)) return this.denied(verdicts);
      if (kinds.length > 0 && action === 'redact') redacting.push(detector);
    }
    if (redacting.length === 0) return this.released(verdicts, this.unchanged(json));
    const redacted = redactArguments(json, redacting);
    if (redacted !== null) return this.released(verdicts, [withoutTokens(this.start), this.argumentsDelta(redacted)]);
    return this.denied(verdicts.map((each) => (each.action === 'redact' ? { ...each, action: 'block' } : each)));
  }

  private denied(verdicts: readonly Verdict[]): JudgedCall {
    const reason = verdicts.findLast(({ action }) => isDenied(action));
    if (reason === undefined) throw new RangeError('denied without a verdict');
    return { type: 'denied', verdicts, notice: withheldNotice(`a call of the tool "${this.start.name}"`, reason) };
  }

  private released(verdicts: readonly Verdict[], deltas: readonly ToolDelta[]): JudgedCall {
    return { type: 'released', verdicts, deltas };
  }

  private unchanged(json: string): ToolDelta[] {
    const tokens = {
      ids: this.tokens.flatMap((span) => span.ids),
      logprobs: this.tokens.flatMap((span) => span.logprobs),
    };
    const delta = this.argumentsDelta(json);
    return [this.start, tokens.ids.length === 0 ? delta : { ...delta, tokens }];
  }

  private argumentsDelta(text: string): Extract<Delta, { type: 'tool_args' }> {
    return { type: 'tool_args', choice: this.start.choice, index: this.start.index, text };
  }
}

function withoutTokens({ type, choice, index, id, name }: Extract<Delta, { type: 'tool_start' }>): ToolDelta {
  return { type, choice, index, id, name };
}

async function judgeArguments(json: string, judge: CodeJudge, signal: AbortSignal): Promise<Verdict> {
  const scannable = (language: string | null): string | null => judge.scannable(language);
  const parts = codeInParts(codeInLeaves(readArguments(json)), scannable);
  return (await judgeParts(parts, judge, signal)).verdict ?? NO_CODE;
}

const NO_CODE: Verdict = {
  stage: 'output',
  guard: CODE_GUARD,
  action: 'allow',
  label: 'no_code',
  score: null,
  findings: [],
  scannedBytes: 0,
  ms: 0,
};

/** Arguments that are no whole JSON, as free-form tools have them, are one text, too. */
function readArguments(json: string): StringLeaf[] {
  const leaves = stringLeaves(json);
  return isJson(json) ? leaves : [...leaves, { path: [], value: json, complete: true }];
}

function kindsIn(json: string, detector: Detector): string[] {
  return readArguments(json).flatMap(({ value }) => detector.find(value).map(({ kind }) => kind));
}

/** The arguments with everything replaced that was found; null when they are no JSON in which that could be done. */
function redactArguments(json: string, detectors: readonly Detector[]): string | null {
  if (!/^\s*["{[]/.test(json)) return redact(json, detectors);
  try {
    const redacted = JSON.stringify(redactStrings(JSON.parse(json), detectors));
    return detectors.every((detector) => kindsIn(redacted, detector).length === 0) ? redacted : null;
  } catch {
    // Malformed or nested too deep: what cannot be rewritten cannot be served.
    return null;
  }
}

function redact(text: string, detectors: readonly Detector[]): string {
  return detectors.reduce((rest, detector) => replaceSpans(rest, detector.find(rest), redactionMark), text);
}

function redactStrings(value: unknown, detectors: readonly Detector[]): unknown {
  if (typeof value === 'string') return redact(value, detectors);
  if (Array.isArray(value)) return value.map((item) => redactStrings(item, detectors));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactStrings(item, detectors)]));
}
