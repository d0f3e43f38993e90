/** PHP between HTML. */

const TAG = /<\?(?:php\b|=)?|\?>/gi;

/**
 * The program alone, of the same length: HTML and tags become spaces, and a closing tag ends the statement before it, as PHP reads it. Text without
 * a tag is a program as it stands.
 */
export function programText(code: string): string {
  if (!code.includes('<?') && !code.includes('?>')) return code;
  let text = '';
  let last = 0;
  let isHtml: boolean | null = null;
  for (const { 0: tag, index } of code.matchAll(TAG)) {
    const isEnd = tag === '?>';
    // What stands before the first tag is on the other side of it.
    isHtml ??= !isEnd;
    if (isEnd === isHtml) continue;
    const between = code.slice(last, index);
    text += (isHtml ? blank(between) : between) + (isEnd ? '; ' : blank(tag));
    last = index + tag.length;
    isHtml = isEnd;
  }
  const rest = code.slice(last);
  return text + (isHtml === true ? blank(rest) : rest);
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');
