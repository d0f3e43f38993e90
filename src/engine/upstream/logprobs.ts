/** Log-probabilities as servers tell them: OpenAI's chat format, and the older one of text completions. */
import type { TokenLogprob } from '../../types.js';
import { isRecord } from './json.js';

type Alternative = TokenLogprob['alternatives'][number];

/** With at most `count` alternatives; servers may tell one more. What makes no sense is left out. */
export function readLogprobs(value: unknown, count: number): TokenLogprob[] {
  if (!isRecord(value)) return [];
  const { content, tokens } = value;
  const read = Array.isArray(content)
    ? content.flatMap(readToken)
    : Array.isArray(tokens)
      ? readLists(value, tokens)
      : [];
  return read.map((token) => ({ ...token, alternatives: token.alternatives.slice(0, count) }));
}

function readToken(value: unknown): TokenLogprob[] {
  const others: unknown = isRecord(value) ? value['top_logprobs'] : null;
  const alternatives = Array.isArray(others) ? others.flatMap(readAlternative) : [];
  return readAlternative(value).map((token) => ({ ...token, alternatives }));
}

function readAlternative(value: unknown): Alternative[] {
  if (!isRecord(value)) return [];
  const { token, logprob, bytes } = value;
  if (typeof token !== 'string' || typeof logprob !== 'number') return [];
  return [{ token, logprob, bytes: Array.isArray(bytes) && bytes.every(isByte) ? bytes : bytesOf(token) }];
}

/** Text completions tell lists side by side, and the alternatives of a token as an object in no order. */
function readLists(value: Record<string, unknown>, tokens: readonly unknown[]): TokenLogprob[] {
  const at = (field: string, index: number): unknown => {
    const list: unknown = value[field];
    return Array.isArray(list) ? list[index] : null;
  };
  return tokens.flatMap((token, index) => {
    const others = at('top_logprobs', index);
    const alternatives = Object.entries(isRecord(others) ? others : {})
      .flatMap(([text, logprob]) => readAlternative({ token: text, logprob }))
      .sort((a, b) => b.logprob - a.logprob);
    return readAlternative({ token, logprob: at('token_logprobs', index) }).map((read) => ({ ...read, alternatives }));
  });
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 256;
}

function bytesOf(token: string): number[] {
  return [...Buffer.from(token)];
}
