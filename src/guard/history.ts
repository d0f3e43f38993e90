/** The code that a channel has shown: a block is also judged as what follows upon the blocks of its language before it. */
import type { Finding } from '../types.js';

/** Characters that are kept: whole blocks, the latest ones. Every scan of a later block reads them again. */
const LONGEST = 8192;

export class History {
  private blocks: string[] = [];
  private readonly known = new Set<string>();
  private joined = '';

  /** Ends with a line break, or is empty. */
  get code(): string {
    return this.joined;
  }

  get lines(): number {
    return countLines(this.joined);
  }

  isKnown(finding: Finding, source: string): boolean {
    return this.known.has(keyOf(finding, source));
  }

  /** `scans`: findings about the block, alone or behind `code`, with the text that was scanned. */
  add(block: string, scans: readonly (readonly [findings: readonly Finding[], source: string])[]): void {
    for (const [findings, source] of scans) for (const finding of findings) this.known.add(keyOf(finding, source));
    this.blocks.push(block.endsWith('\n') ? block : `${block}\n`);
    let length = this.blocks.reduce((sum, kept) => sum + kept.length, 0);
    while (length > LONGEST) length -= this.blocks.shift()?.length ?? 0;
    this.joined = this.blocks.join('');
  }
}

/** One history for each language; those that run together share one. */
export class Histories {
  private readonly byLanguage = new Map<string, History>();

  of(language: string | null): History {
    const name = language === 'typescript' ? 'javascript' : (language ?? '');
    const history = this.byLanguage.get(name) ?? new History();
    this.byLanguage.set(name, history);
    return history;
  }
}

export function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** By its text, since its place changes when blocks are dropped. With the action: what was harmless may become dangerous. */
function keyOf({ rule, action, span }: Finding, source: string): string {
  return `${rule} ${action}\n${span === null ? '' : source.slice(span.start, span.end)}`;
}
