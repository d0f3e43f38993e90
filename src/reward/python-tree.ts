/** Python as a syntax tree, for oracles that read more than findings. */
import { Language as Grammar, Parser } from 'web-tree-sitter';
import { PurpgateError } from '../errors.js';
import { findLanguage, grammarFile } from '../guard/code/languages.js';
import { copyTree, type SyntaxNode } from '../guard/code/syntax.js';

let loading: Promise<Parser> | null = null;

/** Runs on the calling thread: some milliseconds for 64 kB. @throws PurpgateError `guard_failed` where the grammar cannot be loaded or used. */
export async function parsePython(code: string): Promise<SyntaxNode> {
  loading ??= loadParser();
  const tree = (await loading).parse(code);
  if (tree === null) throw new PurpgateError('guard_failed', { message: 'the Python parser gave no tree' });
  try {
    return copyTree(tree);
  } finally {
    tree.delete();
  }
}

async function loadParser(): Promise<Parser> {
  const python = findLanguage('python');
  if (python === null) throw new PurpgateError('guard_failed', { message: 'there is no grammar of Python' });
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Grammar.load(grammarFile(python)));
  return parser;
}
