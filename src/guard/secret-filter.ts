/** The last station of a channel: takes secrets out of text that flows, and keeps tokens with their text. */
import { SecretHold, type Stretch } from '../text/secret-hold.js';
import { redactionMark } from '../text/secrets.js';
import type { Action, Finding, Verdict } from '../types.js';
import { type Piece, TokenText } from './token-text.js';

const SECRET_GUARD = 'secrets';

export type Output =
  | { readonly type: 'text'; readonly piece: Piece }
  | { readonly type: 'verdict'; readonly verdict: Verdict };

export class SecretFilter {
  private readonly waiting = new TokenText();
  private readonly hold = new SecretHold();
  private bytes = 0;
  private found = false;

  constructor(private readonly action: Action) {}

  push(piece: Piece): Output[] {
    this.waiting.append(piece);
    this.bytes += Buffer.byteLength(piece.text);
    return this.pass(this.hold.push(piece.text));
  }

  /** The text goes on later: lets the last word go, unless it may be the beginning of a secret. */
  pause(): Output[] {
    return this.markers(this.pass(this.hold.pause()));
  }

  /** Lets the last word go: the text ends here. */
  flush(): Output[] {
    return this.markers(this.pass(this.hold.end()));
  }

  private markers(outputs: Output[]): Output[] {
    if (this.waiting.hasMarkers) outputs.push({ type: 'text', piece: this.waiting.take(0) });
    return outputs;
  }

  /** The verdict on a text in which nothing was found; findings got theirs when they were made. */
  cleanVerdict(): Verdict | null {
    if (this.bytes === 0 || this.found) return null;
    return secretVerdict([], { action: this.action, bytes: this.bytes });
  }

  private pass(stretches: readonly Stretch[]): Output[] {
    const outputs: Output[] = [];
    for (const stretch of stretches) {
      if (stretch.type === 'clean' || this.action !== 'redact') {
        outputs.push({ type: 'text', piece: this.waiting.take(stretch.length) });
        if (stretch.type === 'clean') continue;
      } else {
        this.waiting.drop(stretch.length);
        outputs.push({ type: 'text', piece: { text: redactionMark(stretch.kind) } });
      }
      this.found = true;
      outputs.push({
        type: 'verdict',
        verdict: secretVerdict([stretch.kind], { action: this.action, bytes: this.bytes }),
      });
    }
    return outputs;
  }
}

export function secretVerdict(kinds: readonly string[], of: { action: Action; bytes: number }): Verdict {
  return {
    stage: 'output',
    guard: SECRET_GUARD,
    action: kinds.length === 0 ? 'allow' : of.action,
    label: kinds.length === 0 ? 'no_secret' : 'secret',
    score: null,
    findings: kinds.map((kind) => secretFinding(kind, of.action)),
    scannedBytes: of.bytes,
    ms: 0,
  };
}

function secretFinding(kind: string, action: Action): Finding {
  return {
    rule: `secrets/${kind}`,
    cwe: 'CWE-798',
    severity: 'high',
    message: `Text in the form of a credential (${kind}).`,
    advice: 'Read credentials from the environment or a secret store.',
    span: null,
    action,
  };
}
