/** POST /v1/messages. */
import type { WireFormat } from '../format.js';
import type { MessagesRequest } from '../wire.js';
import type { MessagesStyle } from './answer.js';
import { toAnthropicErrorBody } from './errors.js';
import { MessageBuilder } from './message.js';
import { parseMessagesRequest } from './request.js';
import { MessageEventEncoder, PING } from './stream.js';

export const messagesFormat: WireFormat<MessagesRequest> = {
  keepAlive: PING,
  errorBody: toAnthropicErrorBody,
  parse(body, origin) {
    const style: MessagesStyle = { thinking: isThinkingShown(body) ? 'shown' : 'hidden' };
    return {
      request: parseMessagesRequest(body, origin),
      delivery: body.stream === true ? 'stream' : 'whole',
      whole: (identity) => new MessageBuilder(identity, style),
      stream: (identity) => new MessageEventEncoder(identity, style),
    };
  },
};

function isThinkingShown({ thinking }: MessagesRequest): boolean {
  return thinking != null && thinking.type !== 'disabled' && thinking.display !== 'omitted';
}
