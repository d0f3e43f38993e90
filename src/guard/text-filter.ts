/** The last station of a channel: takes secrets and personal data out of text that flows, and keeps tokens with their text. */
import type { Stretch } from '../text/secret-hold.js';
import { redactionMark } from '../text/secrets.js';
import type { Action, Verdict } from '../types.js';
import { type Detector, PERSONAL_DATA, SECRETS, textVerdict, type TextHold } from './detector.js';
import { withheldNotice } from './notices.js';
import { isDenied, type Policy } from './policy.js';
import { type Piece, TokenText } from './token-text.js';

export type Output =
  | { readonly type: 'text'; readonly piece: Piece }
  | { readonly type: 'verdict'; readonly verdict: Verdict };

/** What the policy looks for in text, one after the other. */
export class TextFilters {
  private readonly filters: readonly TextFilter[];

  constructor({ secrets, personalData }: Pick<Policy, 'secrets' | 'personalData'>) {
    this.filters = [filterOf(SECRETS, secrets.text), filterOf(PERSONAL_DATA, personalData.text)].flat();
  }

  /** Whether the rest of the text is withheld. */
  get hasDenied(): boolean {
    return this.filters.some((filter) => filter.hasDenied);
  }

  push(piece: Piece): Output[] {
    return this.through([{ type: 'text', piece }], () => []);
  }

  /** The text goes on later: lets the last word or line go, unless something may be the beginning of a finding. */
  pause(): Output[] {
    return this.through([], (filter) => filter.pause());
  }

  /** The text ends here. */
  flush(): Output[] {
    return this.through([], (filter) => filter.flush());
  }

  /** Verdicts on a text in which nothing was found; findings got theirs when they were made. */
  cleanVerdicts(): Output[] {
    return this.filters.flatMap((filter) => filter.cleanVerdict());
  }

  /** What a filter lets go is the next one's text. */
  private through(outputs: readonly Output[], rest: (filter: TextFilter) => Output[]): Output[] {
    return this.filters.reduce<Output[]>(
      (passed, filter) => [
        ...passed.flatMap((output) => (output.type === 'text' ? filter.push(output.piece) : [output])),
        ...rest(filter),
      ],
      [...outputs],
    );
  }
}

const filterOf = (detector: Detector, action: Action | 'off'): TextFilter[] =>
  action === 'off' ? [] : [new TextFilter(detector, action)];

class TextFilter {
  private readonly waiting = new TokenText();
  private readonly hold: TextHold;
  private bytes = 0;
  private found = false;
  hasDenied = false;

  constructor(
    private readonly detector: Detector,
    private readonly action: Action,
  ) {
    this.hold = detector.hold();
  }

  push(piece: Piece): Output[] {
    this.waiting.append(piece);
    this.bytes += Buffer.byteLength(piece.text);
    return this.pass(this.hold.push(piece.text));
  }

  pause(): Output[] {
    return this.markers(this.pass(this.hold.pause()));
  }

  flush(): Output[] {
    return this.markers(this.pass(this.hold.end()));
  }

  cleanVerdict(): Output[] {
    if (this.bytes === 0 || this.found) return [];
    return [{ type: 'verdict', verdict: this.verdict([]) }];
  }

  private verdict(kinds: readonly string[]): Verdict {
    return textVerdict(this.detector, kinds, { action: this.action, bytes: this.bytes });
  }

  private markers(outputs: Output[]): Output[] {
    if (this.waiting.hasMarkers) outputs.push({ type: 'text', piece: this.waiting.take(0) });
    return outputs;
  }

  private pass(stretches: readonly Stretch[]): Output[] {
    const outputs: Output[] = [];
    for (const stretch of stretches) {
      if (this.hasDenied) this.waiting.drop(stretch.length);
      else if (stretch.type === 'clean') outputs.push({ type: 'text', piece: this.waiting.take(stretch.length) });
      else for (const output of this.handle(stretch)) outputs.push(output);
    }
    return outputs;
  }

  private handle({ kind, length }: Extract<Stretch, { type: 'found' }>): Output[] {
    this.found = true;
    const verdict = this.verdict([kind]);
    const told: Output = { type: 'verdict', verdict };
    if (this.action !== 'redact' && !isDenied(this.action))
      return [{ type: 'text', piece: this.waiting.take(length) }, told];
    this.waiting.drop(length);
    if (this.action === 'redact') return [{ type: 'text', piece: { text: redactionMark(kind) } }, told];
    this.hasDenied = true;
    return [{ type: 'text', piece: { text: `\n\n${withheldNotice('the rest of this text', verdict)}\n` } }, told];
  }
}
