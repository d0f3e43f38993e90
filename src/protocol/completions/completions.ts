/** POST /v1/completions. */
import { toErrorBody } from '../../errors.js';
import { KEEP_ALIVE_COMMENT } from '../events.js';
import type { WireFormat } from '../format.js';
import type { TextCompletionRequest } from '../wire.js';
import { TextCompletionBuilder } from './completion.js';
import { parseTextRequest } from './request.js';
import { TextChunkEncoder, type TextStyle } from './stream.js';

export const completionsFormat: WireFormat<TextCompletionRequest> = {
  keepAlive: KEEP_ALIVE_COMMENT,
  errorBody: toErrorBody,
  parse(body, origin) {
    const request = parseTextRequest(body, origin);
    const style: TextStyle = {
      usageChunk: body.stream_options?.include_usage === true ? 'sent' : 'omitted',
      echo: body.echo === true ? request.textPrompt.prefix : '',
    };
    return {
      request,
      delivery: body.stream === true ? 'stream' : 'whole',
      whole: (identity) => new TextCompletionBuilder(identity, style.echo),
      stream: (identity) => new TextChunkEncoder(identity, style),
    };
  },
};
