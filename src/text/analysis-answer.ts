/** The model's format: `## Analysis\n…\n## Answer\n…` (PurpCode). The analysis is served as reasoning, the answer as text. */

const ANALYSIS = '## Analysis';
const ANSWER = '## Answer';

/** A header stands alone on its line; spaces around the line break are forgiven. */
const ANALYSIS_HEADER = /^\s*## Analysis[ \t]*\r?\n/;
const ANSWER_LINE = /^## Answer[ \t]*\r?$/;

interface AnalysisAnswer {
  readonly analysis: string;
  readonly answer: string;
}

export interface ChannelText {
  readonly channel: 'reasoning' | 'text';
  readonly text: string;
}

/** Both parts exactly as written; null when either header is missing. */
export function parseAnalysisAnswer(text: string): AnalysisAnswer | null {
  const splitter = new AnalysisAnswerSplitter();
  const parts = [...splitter.push(text), ...splitter.end()];
  if (!splitter.hasAnswer) return null;
  const join = (channel: ChannelText['channel']): string =>
    parts.map((part) => (part.channel === channel ? part.text : '')).join('');
  return { analysis: join('reasoning'), answer: join('text') };
}

export function composeAnalysisAnswer(analysis: string, answer: string): string {
  return `${ANALYSIS}\n${analysis}\n${ANSWER}\n${answer}`;
}

/**
 * Splits a text that arrives in pieces of any size; the joined output is the same for every way to cut the input.
 *
 *   start ──"## Analysis\n"──▶ analysis ──"\n## Answer\n"──▶ text
 *     └────anything else────▶ text
 *
 * - start: holds what may still become the first header.
 * - analysis: gives reasoning; holds the line break and the line that may still become the second header. The line break before that
 *   header belongs to the header.
 * - text: gives everything at once.
 */
export class AnalysisAnswerSplitter {
  private state: 'start' | 'analysis' | 'text' = 'start';
  private held = '';
  private sawAnswer = false;

  /** Whether the second header was seen. */
  get hasAnswer(): boolean {
    return this.sawAnswer;
  }

  push(text: string): ChannelText[] {
    if (this.state === 'text') return piece('text', text);
    this.held += text;
    if (this.state === 'start') {
      const header = ANALYSIS_HEADER.exec(this.held);
      if (header === null) return couldBeAnalysisHeader(this.held) ? [] : this.toText(this.held);
      this.state = 'analysis';
      // The line break that ends the first header may also be the one before the second.
      this.held = `\n${this.held.slice(header[0].length)}`;
      this.atHeader = true;
    }
    return this.reasoning();
  }

  end(): ChannelText[] {
    const held = this.held;
    this.held = '';
    if (this.state !== 'analysis') return piece('text', held);
    if (ANSWER_LINE.test(held.slice(1))) {
      this.sawAnswer = true;
      return [];
    }
    return piece('reasoning', this.atHeader ? held.slice(1) : held);
  }

  /** Whether `held` begins with the first header's own line break, which is no part of the analysis. */
  private atHeader = false;

  private reasoning(): ChannelText[] {
    const given: string[] = [];
    for (;;) {
      // Invariant: `held` is '' or begins with a line break behind which the second header may stand.
      const lineBreak = this.held.indexOf('\n', 1);
      const line = this.held.slice(1, lineBreak < 0 ? undefined : lineBreak);
      if (this.held.startsWith('\n')) {
        if (lineBreak < 0 && couldBeAnswerLine(line)) return piece('reasoning', given.join(''));
        if (lineBreak >= 0 && ANSWER_LINE.test(line)) {
          this.sawAnswer = true;
          return [...piece('reasoning', given.join('')), ...this.toText(this.held.slice(lineBreak + 1))];
        }
      }
      const cut = lineBreak < 0 ? this.held.length : lineBreak;
      given.push(this.held.slice(this.atHeader ? 1 : 0, cut));
      this.atHeader = false;
      this.held = this.held.slice(cut);
      if (lineBreak < 0) return piece('reasoning', given.join(''));
    }
  }

  private toText(text: string): ChannelText[] {
    this.state = 'text';
    this.held = '';
    return piece('text', text);
  }
}

function piece(channel: ChannelText['channel'], text: string): ChannelText[] {
  return text === '' ? [] : [{ channel, text }];
}

function couldBeAnalysisHeader(text: string): boolean {
  const rest = text.trimStart();
  return rest.length <= ANALYSIS.length ? ANALYSIS.startsWith(rest) : /^## Analysis[ \t]*\r?$/.test(rest);
}

function couldBeAnswerLine(line: string): boolean {
  return line.length <= ANSWER.length ? ANSWER.startsWith(line) : ANSWER_LINE.test(line);
}
