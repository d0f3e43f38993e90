/** Anthropic Messages: the Deltas of a whole answer to one `message` object. */
import { PurpgateError, unreachable } from '../../errors.js';
import type { Delta, Usage } from '../../types.js';
import type { ResponseIdentity, WholeAnswer } from '../format.js';
import { toWireVerdict, type MessagesAnswer, type MessagesAnswerBlock, type WireVerdict } from '../wire.js';
import { toHead, toMessagesUsage, toSignature, toStop, type Finish, type MessagesStyle } from './answer.js';

type GatheredBlock =
  | { readonly type: 'text' | 'thinking'; readonly pieces: string[] }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly pieces: string[] };

export class MessageBuilder implements WholeAnswer {
  private readonly blocks: GatheredBlock[] = [];
  private readonly verdicts: WireVerdict[] = [];
  private finish: Finish | null = null;
  private usage: Usage | null = null;

  constructor(
    private readonly identity: ResponseIdentity,
    private readonly style: MessagesStyle,
  ) {}

  add(delta: Delta): void {
    switch (delta.type) {
      case 'prompt':
        return;
      case 'text':
        this.say('text', delta.text);
        return;
      case 'reasoning':
        if (this.style.thinking === 'shown') this.say('thinking', delta.text);
        return;
      case 'tool_start':
        this.blocks.push({ type: 'tool_use', id: delta.id, name: delta.name, pieces: [] });
        return;
      case 'tool_args':
        // A call is closed by the next start, so arguments always belong to the last one.
        this.blocks.at(-1)?.pieces.push(delta.text);
        return;
      case 'finish':
        this.finish = delta;
        return;
      case 'verdict': {
        const verdict = toWireVerdict(delta.choice, delta.verdict);
        if (verdict !== null) this.verdicts.push(verdict);
        return;
      }
      case 'usage':
        this.usage = delta.usage;
        return;
      default:
        unreachable(delta);
    }
  }

  build(): { readonly body: MessagesAnswer; readonly verdicts: readonly WireVerdict[] } {
    if (this.usage === null) throw new PurpgateError('internal_error', { message: 'the answer ended without usage' });
    const { identity, verdicts } = this;
    const body: MessagesAnswer = {
      ...toHead(identity),
      content: this.blocks.map((block) => this.buildBlock(block)),
      ...toStop(this.finish),
      usage: toMessagesUsage(this.usage),
      purpgate: { interaction_id: identity.id, version: identity.version, verdicts },
    };
    return { body, verdicts };
  }

  private say(type: 'text' | 'thinking', text: string): void {
    if (text === '') return;
    const last = this.blocks.at(-1);
    if (last?.type === type) last.pieces.push(text);
    else this.blocks.push({ type, pieces: [text] });
  }

  private buildBlock(block: GatheredBlock): MessagesAnswerBlock {
    const text = block.pieces.join('');
    switch (block.type) {
      case 'text':
        return { type: 'text', text };
      case 'thinking':
        return { type: 'thinking', thinking: text, signature: toSignature(this.identity) };
      case 'tool_use':
        return { type: 'tool_use', id: block.id, name: block.name, input: toInput(text) };
      default:
        return unreachable(block);
    }
  }
}

/** The format has no place for arguments that were cut short, nor for any that are no object. */
function toInput(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
