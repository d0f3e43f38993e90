/** What came in one piece goes on in one piece: each Delta costs every stage behind it its turn. */
import type { Delta } from '../../types.js';

/** Deltas that differ in nothing but their text. */
type Wording = Extract<Delta, { readonly text: string }>;

/** Text with tokens keeps its pieces: what is withheld takes the tokens of its piece along. */
const isPlain = (delta: Delta): delta is Wording =>
  (delta.type === 'text' && delta.tokens === undefined && delta.logprobs === undefined) ||
  ((delta.type === 'reasoning' || delta.type === 'tool_args') && delta.tokens === undefined);

const isContinued = (open: Wording, by: Wording): boolean =>
  open.type === by.type &&
  open.choice === by.choice &&
  (open.type !== 'tool_args' || (by.type === 'tool_args' && open.index === by.index));

/** The same Deltas, those joined that go on with the one before. What was read before `deltas` throws is given first. */
export function* joined(deltas: Iterable<Delta>): Generator<Delta, void, undefined> {
  let open: Wording | null = null;
  let pieces: string[] = [];
  const close = (of: Wording): Delta => (pieces.length === 1 ? of : { ...of, text: pieces.join('') });
  try {
    for (const delta of deltas) {
      if (isPlain(delta)) {
        if (open !== null && isContinued(open, delta)) {
          pieces.push(delta.text);
          continue;
        }
        if (open !== null) yield close(open);
        open = delta;
        pieces = [delta.text];
        continue;
      }
      if (open !== null) yield close(open);
      open = null;
      yield delta;
    }
  } catch (thrown) {
    if (open !== null) yield close(open);
    throw thrown;
  }
  if (open !== null) yield close(open);
}
