/** Answers as a document for people to read. */
import { composeAnalysisAnswer } from '../text/analysis-answer.js';
import { isGood, type JudgedAnswer } from './judge.js';

/** Answers that a document shows. */
export const SHOWN = 30;

/** The first answers in the order of the prompts: none is picked. */
export function samplesDocument(version: string | null, judged: readonly JudgedAnswer[]): string {
  const shown = judged.slice(0, SHOWN);
  const title = `# The first ${shown.length} of ${judged.length} answers of ${version ?? 'the model'}`;
  return `${[title, ...shown.map(section)].join('\n\n')}\n`;
}

function section(judged: JudgedAnswer, index: number): string {
  const { prompt, answer } = judged;
  const asked = prompt.messages.map(({ role, content }) => `${role}: ${content}`).join('\n');
  const written = composeAnalysisAnswer(answer.reasoning, answer.content);
  return [
    `## ${index + 1}. ${prompt.id} (${prompt.kind})`,
    quoted(asked),
    quoted(written),
    `Judged: ${verdicts(judged)}`,
  ].join('\n\n');
}

/** In a fence that is longer than any in the text. */
function quoted(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`{3,}/g), ([fence]) => fence.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** One line: what the judges say. */
export function verdicts(judged: JudgedAnswer): string {
  const good = isGood(judged);
  const tests = [
    { name: 'functional test', outcome: judged.task },
    { name: 'security test', outcome: judged.security },
  ].flatMap(({ name, outcome }) => {
    if (outcome === null) return [];
    return [
      `${name} ${outcome.outcome}${outcome.outcome === 'passed' ? '' : ` (${outcome.reason.replaceAll('\n', ' ')})`}`,
    ];
  });
  const found = judged.reward.evidence.map(({ rule }) => rule);
  return [good === null ? 'not decided' : good ? 'good' : 'not good', ...tests, ...found].join('; ');
}
