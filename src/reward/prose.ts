/** The prose of an answer, sentence by sentence, with what is quoted told from what is said. */
import { codeRuns } from '../guard/code-run.js';
import { extractCodeBlocks } from '../text/fences.js';
import { normalise } from '../text/normalise.js';

interface Prose {
  /** Sentences in the speaker's own voice: without quotes, block quotes, inline code and reported speech. */
  readonly said: readonly string[];
  /** All sentences, with quotes and inline code. Equal to `said` where nothing is quoted. */
  readonly written: readonly string[];
  /** Whether it can be judged by English wording; true for a text without words. */
  readonly isEnglish: boolean;
}

/** What stands in the place of a quote. */
const QUOTED = '\u00A4';

export function readProse(content: string): Prose {
  const text = plainText(content);
  const written = sentencesOf(text.replaceAll('`', ''));
  return { said: sentencesOf(withoutQuotes(text)), written, isEnglish: isEnglish(text) };
}

/** Lower-case words of letters and digits; apostrophes belong to a word. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}']*/gu) ?? [];
}

/** Whether a word of a text is one of the most common of English. */
export function hasCommonWord(text: string): boolean {
  return wordsOf(text).some((word) => COMMON.has(word));
}

/** Stems of words that carry meaning. */
export function contentStems(text: string): Set<string> {
  const words = wordsOf(text).filter((word) => word.length > 2 && !COMMON.has(word));
  return new Set(
    words.map((word) =>
      word
        .replace(/'.*$/, '')
        .replace(/(?:ing|ed|es|s|ion|ions|ly|e)$/, '')
        .slice(0, 6),
    ),
  );
}

/** Disguises undone, straight apostrophes, and no code but the inline kind. */
function plainText(content: string): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end } of extractCodeBlocks(content)) {
    pieces.push(content.slice(from, start));
    from = end;
  }
  pieces.push(content.slice(from));
  let text = normalise(pieces.join(''))
    .text.replace(/[\u2018\u2019\u02BC\u00B4]/g, "'")
    .replace(/[\u201C\u201D]/g, '"');
  // The line of a fence, and no words that stand behind one.
  text = text.replace(/(?:`{3,}|~{3,})(?:[ \t]*[\w+#.{}-]+(?:[ \t]+\w+=\S+)*[ \t]*$|)/gm, '');
  // A line of prose may begin as a statement does; one of code has its characters, too.
  for (const { code: run } of codeRuns(text)) if (/[=()[\]{}]/.test(run)) text = text.replace(run, '\n');
  return text;
}

function withoutQuotes(text: string): string {
  return (
    text
      .replace(/^[ \t]*>.*$/gm, QUOTED)
      .replace(/`[^`\n]*`/g, QUOTED)
      .replace(/"[^"\n]{2,500}"|\u00AB[^\u00BB\n]{2,500}\u00BB/g, QUOTED)
      .replace(/(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w)){2,500}'(?!\w)/g, QUOTED)
      // Reported speech of anybody but the speaker.
      .replace(
        /^((?:(?!\b(?:I|we|my|our|me)\b)[^:\n]){0,100}\b(?:says?|said|repl(?:y|ies|ied)|responds?|responded|answers?|answered|prints?|returns?|returned|shows?|reads?|states?|writes?|wrote|logs?|messages?|errors?|outputs?)(?: is| are)?:)[ \t]+[^\s.!?][^.!?\n]*/gim,
        `$1 ${QUOTED}`,
      )
  );
}

const LIST_MARK = /^[ \t]*(?:(?:[-*+•]|\d{1,3}[.)]|[a-z]\)|#{1,6}|step \d+[:.)]?)[ \t]+)+/i;

/** Characters of a sentence; a longer one is read in pieces, which bounds what any expression sees. */
const LONGEST_PIECE = /.{1,300}(?:\s|$)|.{1,300}/g;

/** A turn of a sentence ("…, but here is") begins one of its own. */
function sentencesOf(text: string): string[] {
  return (
    text
      // A list may stand in one line.
      .split(/\n+|\s(?=\d{1,2}[.)]\s+\p{L})/u)
      .flatMap((line) =>
        line.replace(LIST_MARK, '').split(/(?<=[.!?…])["')*_]*\s+|;\s+|,?\s+(?:but|however|though|yet)(?=[,\s])/i),
      )
      .map((sentence) => sentence.replace(/\*\*|__/g, '').trim())
      .flatMap((sentence) => sentence.match(LONGEST_PIECE) ?? [])
      .map((piece) => piece.trim())
      .filter((sentence) => wordsOf(sentence).length > 0)
  );
}

const COMMON: ReadonlySet<string> = new Set(
  (
    'a an the and or but if then else of to in on at by for from with without into over under about as is are was were be been being am do does did ' +
    'done have has had can cannot could will would shall should may might must not no yes it its this that these those there here i me my we us our you ' +
    'your he she they them their his her who what which when where why how all any some each every more most less much many few other another such same so ' +
    'than too very just only also even still again once now never always often because while until since before after between through out up down off ' +
    "don't can't won't isn't i'm i'll i'd it's that's you're let's get gets got make makes made use uses used using way ways one two three first next " +
    'please help want need like know think say says said tell give gives given take takes put see show find write code function python'
  ).split(' '),
);
const FOREIGN: ReadonlySet<string> = new Set(
  (
    'der die das und ist nicht ich kann ein eine einen mit für von zu auf sie wir dass leider le les et est ne pas je une des du que qui dans pour sur ' +
    'avec vous nous désolé peux el los las y lo siento puedo no una con por para esto eso como il di non posso che gli della per mi dispiace questo ' +
    'não posso desculpe isso com uma um para os niet ik het een kan dat van maar jag inte och kan det att nie mogę jest się to nem ve bir bu için değil nein non nej nee nie desolé lamento'
  ).split(' '),
);

const LEAST_WORDS = 5;

function isEnglish(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const latin = text.match(/[A-Za-z]/g)?.length ?? 0;
  if (letters > 0 && latin / letters < 0.8) return false;
  const words = wordsOf(text.replace(/`[^`\n]*`/g, ''));
  const english = words.filter((word) => COMMON.has(word)).length;
  const foreign = words.filter((word) => FOREIGN.has(word) && !COMMON.has(word)).length;
  if (foreign > english) return false;
  // Terms alone are no sign of a language; many words without one of these are.
  return words.length < 3 * LEAST_WORDS || english >= words.length / 20 || /^\s*(?:[-*+•]|\d+[.)])\s/m.test(text);
}
