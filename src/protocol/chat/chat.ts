/** POST /v1/chat/completions. */
import { toErrorBody } from '../../errors.js';
import { KEEP_ALIVE_COMMENT } from '../events.js';
import type { WireFormat } from '../format.js';
import type { ChatCompletionRequest } from '../wire.js';
import { ChatCompletionBuilder } from './completion.js';
import { parseChatRequest } from './request.js';
import { ChatChunkEncoder } from './stream.js';
import type { ChatStyle } from './style.js';

export const chatFormat: WireFormat<ChatCompletionRequest> = {
  keepAlive: KEEP_ALIVE_COMMENT,
  errorBody: toErrorBody,
  parse(body, origin) {
    const request = parseChatRequest(body, origin);
    const style: ChatStyle = {
      usageChunk: body.stream_options?.include_usage === true ? 'sent' : 'omitted',
      notices: request.responseFormat.type === 'json_schema' ? 'refusal' : 'content',
    };
    return {
      request,
      delivery: body.stream === true ? 'stream' : 'whole',
      whole: (identity) => new ChatCompletionBuilder(identity, style),
      stream: (identity) => new ChatChunkEncoder(identity, style),
    };
  },
};
