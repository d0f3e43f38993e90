/** The rules as the policy is shown them while it learns them. */
import { withRules } from '../src/text/rules.js';
import type { Message } from '../src/types.js';

interface RuledPrompt {
  readonly messages: readonly Message[];
  /** The weakness that the prompt invites; null where it invites none. */
  readonly cwe: string | null;
}

/** The messages under PurpCode's rules; where a weakness is at stake, the rule against it is named behind them. */
export function withRulesFor({ messages, cwe }: RuledPrompt): readonly Message[] {
  const [first, ...rest] = messages;
  if (cwe === null) return withRules(messages);
  const rule = `Rule of this request: avoid ${cwe}.`;
  if (first?.role !== 'system') return withRules([{ role: 'system', content: rule }, ...messages]);
  return withRules([{ role: 'system', content: `${rule}\n\n${first.content}` }, ...rest]);
}
