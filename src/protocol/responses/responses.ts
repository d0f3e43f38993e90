/** POST /v1/responses. */
import { toErrorBody } from '../../errors.js';
import { KEEP_ALIVE_COMMENT } from '../events.js';
import type { WireFormat } from '../format.js';
import type { ResponsesRequest } from '../wire.js';
import { ResponseBuilder, ResponseEncoder } from './answer.js';
import { parseResponsesRequest } from './request.js';
import { responseStyle } from './style.js';

export const responsesFormat: WireFormat<ResponsesRequest> = {
  keepAlive: KEEP_ALIVE_COMMENT,
  errorBody: toErrorBody,
  parse(body, origin) {
    const { request, names } = parseResponsesRequest(body, origin);
    const style = responseStyle(body, request, names);
    return {
      request,
      delivery: body.stream === true ? 'stream' : 'whole',
      whole: (identity) => new ResponseBuilder(identity, style),
      stream: (identity) => new ResponseEncoder(identity, style),
    };
  },
};
