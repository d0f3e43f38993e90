/** Other words and small slips, so that a policy reads prompts of people and not of a table. Works on templates: slots stay whole. */
import { openWord } from './identifiers.js';
import type { Chooser } from './random.js';
import type { Split } from './sample.js';

/** Verbs (marked in phrasings) that may stand for each other without a change of the sentence. */
const VERB_GROUPS = [
  'get fetch retrieve load obtain return read',
  'find look~up search~for look~for locate',
  'make create build generate produce write',
  'check test verify validate',
  'remove delete drop erase',
  'save store keep write put',
  'run execute start call invoke use launch',
  'show display print output',
  'compute calculate work~out determine',
  'change update modify set edit',
  'connect log~in',
  'parse read process handle',
  'kill stop terminate end',
  'convert turn transform translate',
  'count tally',
  'sort order arrange rank',
  'split divide break~up separate',
  'merge combine unite join fuse',
  'collect gather accumulate pull~together',
  'extract pull~out pick~out',
  'send transmit deliver submit post',
  'list enumerate',
  'detect recognise notice spot identify discover',
  'filter select choose pick',
  'add append attach put~in',
  'log record note write~down',
  'implement code program develop build',
  'protect secure guard',
  'render format lay~out',
  'allow permit enable',
  'tell report say state',
  'use apply employ',
  'take accept receive',
  'give hand pass supply provide',
  'replace swap exchange substitute',
  'reverse flip mirror turn~around',
  'shorten truncate trim cut~down',
  'copy clone duplicate',
  'hide conceal mask',
  'steal rob swipe lift',
  'trick fool deceive dupe',
  'spy snoop eavesdrop',
  'attack hit strike',
].map((group) => group.split(' ').map((verb) => verb.replace('~', ' ')));

const WORD_GROUPS = [
  'database db DB data~base',
  'folder directory dir',
  'user customer client visitor person',
  'file document',
  'Flask flask',
  'SQLite sqlite sqlite3',
  'Postgres postgres PostgreSQL psql',
  'url URL link address',
  'string text str',
  'number value integer',
  'given provided supplied',
  'list array sequence',
  'dict dictionary mapping',
  'YAML yaml yml',
  'XML xml',
  'JSON json',
  'password pw passwd',
  'SSH ssh',
  'request call http~request',
  'new fresh another',
  'page site web~page',
  'JWT jwt',
  'temporary temp tmp',
  'random arbitrary',
  'route endpoint view handler',
  'web internet online',
  'users customers clients visitors people members',
  'somebody someone anybody anyone',
  'app application program service',
  'function routine helper method procedure',
  'letter character symbol',
  'letters characters chars symbols',
  'word term',
  'words terms',
  'numbers values integers ints figures',
  'item element entry member thing',
  'items elements entries members things',
  'dicts dictionaries mappings',
  'lists arrays sequences',
  'column attribute',
  'row record',
  'rows records',
  'query statement',
  'server host machine',
  'mail email',
  'login logon',
  'config configuration settings',
  'argument parameter',
  'website homepage',
  'largest biggest greatest highest',
  'smallest lowest least',
  'same identical',
  'big large huge',
  'small little tiny',
  'typed entered supplied',
  'stored saved kept',
  'incoming received arriving',
  'picture image photo',
  'shop store',
  'phrase sentence',
  'average mean',
  'total sum',
  'length size',
  'reply response answer',
  'error exception failure',
  'certain particular specific',
  'different distinct',
  'whole entire complete',
  'several many multiple',
  'command instruction',
  'terminal shell console',
  'hash digest',
  'archive tarball',
  'pc computer laptop',
  'phone mobile smartphone',
  'money cash',
  'account profile',
  'accounts profiles logins',
  'secretly covertly silently unnoticed',
  'strangers others',
  'worker employee',
  'safely securely',
].map((group) => group.split(' ').map((word) => word.replace('~', ' ')));

const alternatives = new Map<string, readonly string[]>();
for (const group of WORD_GROUPS)
  for (const word of group) if (!word.includes(' ') && !alternatives.has(word)) alternatives.set(word, group);
const verbAlternatives = new Map<string, readonly string[]>();
for (const group of VERB_GROUPS)
  for (const verb of group) if (!verbAlternatives.has(verb)) verbAlternatives.set(verb, group);

/** Replaces some words of a phrase by synonyms, and loses some; verbs keep their mark. */
function reword(chooser: Chooser, phrase: string): string {
  return blur(chooser, chooser.chance(0.35) ? phrase : replaceWords(chooser, phrase));
}

function replaceWords(chooser: Chooser, phrase: string): string {
  // Verbs with a particle ("set up") have a meaning of their own.
  const word = /([~$]?)\b([A-Za-z]+)\b(?! (?:up|out|off|down|over|apart)\b)/g;
  return phrase.replace(word, (whole, mark: string, found: string) => {
    if (mark === '$') return whole;
    const choices = mark === '~' ? verbAlternatives.get(found) : alternatives.get(found);
    return choices !== undefined && chooser.chance(0.4) ? mark + chooser.pick(choices) : whole;
  });
}

const LOST_SHARE = 0.05;
const UNKNOWN_SHARE = 0.06;
const VAGUE_VERBS = ['do', 'handle', 'make', 'get', 'need', 'write'];

/**
 * In half of the phrases some words are missing, unknown or vague. Users say things in words that no table has; a policy that has learned
 * to go by what is left of a phrase is less lost then than one that knows whole phrases.
 */
function blur(chooser: Chooser, phrase: string): string {
  if (chooser.chance(0.5)) return phrase;
  const words = phrase.split(' ').flatMap((word) => {
    if (/^~[a-z]+$/.test(word)) return chooser.chance(UNKNOWN_SHARE) ? `~${chooser.pick(VAGUE_VERBS)}` : word;
    if (!/^[A-Za-z]{3,}$/.test(word)) return word;
    if (chooser.chance(LOST_SHARE)) return [];
    return chooser.chance(UNKNOWN_SHARE) ? openWord(chooser) : word;
  });
  return words.join(' ');
}

/** Held-out phrasings stay as they are. */
export function blurred(chooser: Chooser, phrase: string, split: Split): string {
  return split.phrasings === 'held-out' ? phrase : reword(chooser, phrase);
}

const DROPPABLE = new Set(['a', 'the', 'an', 'that', 'of', 'please', 'for', 'to', 'with', 'our', 'my', 'its']);

function misspell(chooser: Chooser, word: string): string {
  const at = 1 + chooser.below(word.length - 2);
  return chooser.chance(0.5)
    ? word.slice(0, at) + word.slice(at + 1)
    : word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) + word.slice(at + 2);
}

/** Drops and misspells words of a template, changes its case and its end. */
export function slip(chooser: Chooser, template: string): string {
  let text = template;
  if (chooser.chance(0.3))
    text = text
      .split(' ')
      .filter((word) => !(DROPPABLE.has(word) && chooser.chance(0.25)))
      .map((word) => (/^[a-z]{5,}$/.test(word) && chooser.chance(0.06) ? misspell(chooser, word) : word))
      .join(' ');
  if (chooser.chance(0.3)) text = text.replace(/[.!?]$/, '');
  // Code keeps its case.
  if (text.startsWith('def ')) return text;
  const first = text.charAt(0);
  return (chooser.chance(0.4) ? first.toLowerCase() : first.toUpperCase()) + text.slice(1);
}
