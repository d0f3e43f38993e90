/** One scan, start to end, on the thread that calls it. */
import { createHash } from 'node:crypto';
import { Language as Grammar, Parser } from 'web-tree-sitter';
import { PurpgateError } from '../../errors.js';
import type { Action, Finding } from '../../types.js';
import {
  type Analysis,
  findLanguage,
  grammarFile,
  LANGUAGES,
  type Language,
  loadRules,
  modelFile,
  ruleFiles,
} from './languages.js';
import { copyTree, type SyntaxNode } from './syntax.js';
import type { RawFinding } from './taint/machine.js';

export type ScanResult =
  | { readonly outcome: 'scanned'; readonly findings: readonly Finding[]; readonly parse: 'clean' | 'errors' }
  | { readonly outcome: 'unsupported' };

export interface PrefixResult {
  /** Offset (UTF-16) up to which the code consists of complete top-level statements; all of it for an unsupported language. */
  readonly completeEnd: number;
  /** Of all of the code, not only of its prefix. */
  readonly result: ScanResult;
}

/** Raised when the same rules find other things. */
const ANALYSIS_VERSION = 1;

/** Hex SHA-256 over every rule, every model and the version of the analysis. */
export function hashRules(): string {
  const hash = createHash('sha256').update(`analysis ${ANALYSIS_VERSION}\n`);
  for (const language of LANGUAGES)
    for (const { name, text } of [modelFile(language), ...ruleFiles(language)])
      hash.update(`${language.name}/${name}\n${text}\n`);
  return hash.digest('hex');
}

interface Loaded {
  readonly language: Language;
  readonly parser: Parser;
  readonly analysis: Analysis;
}

export class Analyser {
  private readonly loaded = new Map<string, Promise<Loaded>>();

  /** Ready after this: grammar compiled, rules read. @throws PurpgateError `setting_invalid` for a bad rule file. */
  async warm(): Promise<void> {
    for (const { name, sample } of LANGUAGES) await this.scan(sample, name);
  }

  private load(name: string): Promise<Loaded> | null {
    const language = findLanguage(name);
    if (language === null) return null;
    const known = this.loaded.get(language.name) ?? loadLanguage(language);
    this.loaded.set(language.name, known);
    return known;
  }

  async scan(code: string, name: string): Promise<ScanResult> {
    const loaded = await this.load(name);
    if (loaded === null) return { outcome: 'unsupported' };
    const { findings, parse } = analyseSource(code, loaded);
    const lines = lineStarts(code);
    return { outcome: 'scanned', findings: findings.map((raw) => toFinding(raw, lines)), parse };
  }

  async scanPrefix(code: string, name: string): Promise<PrefixResult> {
    const result = await this.scan(code, name);
    return { completeEnd: findLanguage(name)?.completeEnd(code) ?? code.length, result };
  }
}

async function loadLanguage(language: Language): Promise<Loaded> {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Grammar.load(grammarFile(language)));
  return { language, parser, analysis: language.prepare(loadRules(ruleFiles(language)), modelFile(language)) };
}

function analyseSource(code: string, { language, parser, analysis }: Loaded): ReturnType<Analysis> {
  const read = (text: string): { readonly root: SyntaxNode; readonly hasErrors: boolean } | null => {
    const tree = parser.parse(language.programText?.(text) ?? text);
    if (tree === null) return null;
    try {
      return { root: copyTree(tree), hasErrors: tree.rootNode.hasError };
    } finally {
      tree.delete();
    }
  };
  const source = read(code);
  if (source === null) throw new PurpgateError('guard_failed', { message: `the ${language.name} parser gave no tree` });
  return analysis({ ...source, code, parse: (text) => read(text)?.root ?? null });
}

/** Only a high finding blocks: the rest of a blocking rule's findings are less sure. */
function actionOf({ rule, severity }: RawFinding): Action {
  const isStrong = rule.action === 'block' || rule.action === 'repair';
  return isStrong && severity !== 'high' ? 'annotate' : rule.action;
}

function toFinding(raw: RawFinding, lines: readonly number[]): Finding {
  const { rule, severity, start, end } = raw;
  return {
    rule: rule.id,
    cwe: rule.cwe,
    severity,
    message: rule.message,
    advice: rule.advice,
    span: { start, end, line: lineAt(lines, start), endLine: lineAt(lines, Math.max(start, end - 1)) },
    action: actionOf(raw),
  };
}

function lineStarts(code: string): readonly number[] {
  const starts = [0];
  for (let index = code.indexOf('\n'); index !== -1; index = code.indexOf('\n', index + 1)) starts.push(index + 1);
  return starts;
}

/** Number, from 1, of the line that holds this offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}
