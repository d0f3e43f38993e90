/** Judges tool calls: coding agents receive code in arguments, not in text. A call is atomic; its arguments are JSON, perhaps cut short. */
import { languageOfPath } from '../text/fences.js';
import { stringLeaves, type StringLeaf } from '../text/partial-json.js';
import { findSecrets, redactSecrets } from '../text/secrets.js';
import type { Action, Delta, TokenSpan, Verdict } from '../types.js';
import { CODE_GUARD, LARGEST_UNIT, type CodeJudge } from './code-judge.js';
import { combine } from './code-unit.js';
import { embeddedCode, type EmbeddedCode } from './embedded-code.js';
import { withheldNotice } from './notices.js';
import { isDenied } from './policy.js';
import { secretVerdict } from './secret-filter.js';

type ToolDelta = Extract<Delta, { type: 'tool_start' | 'tool_args' }>;

export type JudgedCall = { readonly verdicts: readonly Verdict[] } & (
  | { readonly type: 'released'; readonly deltas: readonly ToolDelta[] }
  | { readonly type: 'denied'; readonly notice: string }
);

/** Names of arguments that say which file the others are about. */
const PATH_NAMES = new Set(
  'path file filename file_name filepath file_path filePath target_file targetFile relative_path absolute_path notebook_path uri'.split(
    ' ',
  ),
);
/** Names of arguments that quote code which is there already: to scan it would deny the edit that repairs it. */
const EXISTING_NAMES = new Set('old_string oldString old_str old_text oldText old search find'.split(' '));

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
  async judge(options: { judge: CodeJudge; secrets: Action; signal: AbortSignal }): Promise<JudgedCall> {
    const { judge, secrets, signal } = options;
    const json = this.parts.join('');
    const verdict = this.length > LARGEST_UNIT ? judge.tooLarge() : await judgeArguments(json, judge, signal);
    if (isDenied(verdict.action)) return this.denied([verdict]);
    const kinds = secretsIn(json);
    const secret = secretVerdict(kinds, { action: secrets, bytes: Buffer.byteLength(json) });
    if (kinds.length === 0 || secrets !== 'redact') return this.released([verdict, secret], this.unchanged(json));
    const redacted = redactArguments(json);
    if (redacted === null) return this.denied([verdict, { ...secret, action: 'block' }]);
    return this.released([verdict, secret], [withoutTokens(this.start), this.argumentsDelta(redacted)]);
  }

  private denied(verdicts: readonly Verdict[]): JudgedCall {
    const reason = verdicts.at(-1);
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
  const verdicts: Verdict[] = [];
  for (const { code, language } of codeInArguments(json, judge))
    verdicts.push(await judge.whole(code, language, signal));
  return verdicts.length === 0 ? NO_CODE : combine(verdicts);
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

function codeInArguments(json: string, judge: CodeJudge): EmbeddedCode[] {
  const leaves = readArguments(json);
  const languages = languagesByPlace(leaves);
  return [...leaves, ...joinedLines(leaves)]
    .filter(({ path }) => !EXISTING_NAMES.has(path.findLast((key) => typeof key === 'string') ?? ''))
    .flatMap(({ path, value }) =>
      embeddedCode(value, languageAt(path, languages), (language) => judge.scannable(language)),
    );
}

/** Arguments that are no JSON object, as free-form tools have them, are one text. */
function readArguments(json: string): StringLeaf[] {
  const leaves = stringLeaves(json);
  return /^\s*["{[]/.test(json) ? leaves : [...leaves, { path: [], value: json, complete: true }];
}

/** A file given as an array of its lines is read as one text, too. */
function joinedLines(leaves: readonly StringLeaf[]): StringLeaf[] {
  const arrays = new Map<string, { path: StringLeaf['path']; lines: string[] }>();
  for (const { path, value } of leaves) {
    if (typeof path.at(-1) !== 'number') continue;
    const parent = path.slice(0, -1);
    const key = JSON.stringify(parent);
    const array = arrays.get(key) ?? { path: parent, lines: [] };
    array.lines.push(value.replace(/\n$/, ''));
    arrays.set(key, array);
  }
  return [...arrays.values()]
    .filter(({ lines }) => lines.length > 1)
    .map(({ path, lines }) => ({ path, value: lines.join('\n'), complete: true }));
}

/** Language by the place (path of the object) whose file name tells it. */
function languagesByPlace(leaves: readonly StringLeaf[]): Map<string, string> {
  const languages = new Map<string, string>();
  for (const { path, value } of leaves) {
    const name = path.at(-1);
    const language = typeof name === 'string' && PATH_NAMES.has(name) ? languageOfPath(value) : null;
    if (language !== null) languages.set(JSON.stringify(path.slice(0, -1)), language);
  }
  return languages;
}

/** The nearest object around `path` that names a file. */
function languageAt(path: StringLeaf['path'], languages: ReadonlyMap<string, string>): string | null {
  if (languages.size === 0) return null;
  for (let length = path.length; length >= 0; length -= 1) {
    const language = languages.get(JSON.stringify(path.slice(0, length)));
    if (language !== undefined) return language;
  }
  return null;
}

function secretsIn(json: string): string[] {
  return readArguments(json).flatMap(({ value }) => findSecrets(value).map(({ kind }) => kind));
}

/** The arguments with every secret replaced; null when they are no JSON in which that could be done. */
function redactArguments(json: string): string | null {
  if (!/^\s*["{[]/.test(json)) return redactSecrets(json).text;
  try {
    const redacted = JSON.stringify(redactStrings(JSON.parse(json)));
    return secretsIn(redacted).length === 0 ? redacted : null;
  } catch {
    // Malformed or nested too deep: what cannot be rewritten cannot be served.
    return null;
  }
}

function redactStrings(value: unknown): unknown {
  if (typeof value === 'string') return redactSecrets(value).text;
  if (Array.isArray(value)) return value.map(redactStrings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactStrings(item)]));
}
