/** Takes secrets and personal data out of what is kept, before it reaches any disk. */
import { createHash, createHmac } from 'node:crypto';
import { BoundedCache } from '../bounded-cache.js';
import type { RecordedAnswer } from '../events/interaction.js';
import { redact } from '../text/redact.js';
import type { Json, JsonObject } from '../types.js';

/** Hexadecimal digits of a mark: 48 bits tell the secrets of one installation apart. */
const DIGITS = 12;

/** Agents send their whole conversation again with every turn: what was found to hold nothing is known by its SHA-256. */
const CLEAN = new BoundedCache<true>(50_000);
/** Characters from which looking for the digest is quicker than reading the text. */
const LEAST_KNOWN = 512;
/** Names of fields and roles, mostly: nothing that is looked for is as short and as plain. */
const PLAIN_WORD = /^[a-z_]{0,16}$/;

/**
 * Replaces each secret and each piece of personal data in every string by `[REDACTED <kind> <length> <hash>]`, and counts them: token ids of a
 * redacted text would spell it out. The hash is keyed (HMAC-SHA-256), so that equal texts can be matched and none can be guessed.
 */
export class Redactor {
  count = 0;

  constructor(private readonly key: Uint8Array) {}

  string(text: string): string {
    if (PLAIN_WORD.test(text)) return text;
    if (text.length < LEAST_KNOWN) return this.redacted(text);
    const digest = createHash('sha256').update(text).digest('base64');
    if (CLEAN.get(digest) !== undefined) return text;
    const redacted = this.redacted(text);
    if (redacted === text) CLEAN.set(digest, true);
    return redacted;
  }

  answer(answer: RecordedAnswer): RecordedAnswer {
    return {
      reasoning: this.string(answer.reasoning),
      content: this.string(answer.content),
      tool_calls: answer.tool_calls.map((call) => ({
        ...call,
        id: this.string(call.id),
        name: this.string(call.name),
        arguments: this.string(call.arguments),
      })),
      finish: answer.finish,
    };
  }

  object(value: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        this.string(name),
        item === undefined ? undefined : this.json(item),
      ]),
    );
  }

  json(value: Json): Json {
    if (typeof value === 'string') return this.string(value);
    if (value === null || typeof value !== 'object') return value;
    return isArray(value) ? value.map((item) => this.json(item)) : this.object(value);
  }

  private redacted(text: string): string {
    return redact(text, (kind, taken) => {
      this.count += 1;
      const hash = createHmac('sha256', this.key).update(taken).digest('hex').slice(0, DIGITS);
      return `[REDACTED ${kind} ${taken.length} ${hash}]`;
    });
  }
}

/** Array.isArray does not narrow readonly arrays. */
function isArray(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
