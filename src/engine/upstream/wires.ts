/** What the servers of a pool speak: how they are asked, and how their answers are read. */
import type { GenerateRequest } from '../engine.js';
import type { TokenCapture } from './capture.js';
import { ChatReader, type StreamReader } from './chat.js';
import { messagesRequest } from './messages-request.js';
import { MessagesEvents } from './messages.js';
import type { WireName } from './pools.js';
import { upstreamRequest, type UpstreamRequest, type UpstreamTarget } from './request.js';
import { responsesRequest } from './responses-request.js';
import { ResponsesEvents } from './responses.js';
import { TypedEventReader } from './typed-events.js';

export interface Wire {
  /** @param apiKey the operator's; null: none is sent. Never a caller's. */
  headers(apiKey: string | null): Record<string, string>;
  /** @throws PurpgateError `unsupported_parameter` for what the wire has no words for. */
  request(request: GenerateRequest, target: UpstreamTarget): UpstreamRequest;
  reader(request: GenerateRequest, capture: TokenCapture | null): StreamReader;
}

const bearer = (apiKey: string | null): Record<string, string> =>
  apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };

export const WIRES: Readonly<Record<WireName, Wire>> = {
  'openai-chat': {
    headers: bearer,
    request: upstreamRequest,
    reader: (request, capture) => new ChatReader(request, capture),
  },
  'openai-responses': {
    headers: bearer,
    request: responsesRequest,
    reader: (request) => new TypedEventReader(request, new ResponsesEvents()),
  },
  'anthropic-messages': {
    headers: (apiKey) => ({ 'anthropic-version': '2023-06-01', ...(apiKey !== null && { 'x-api-key': apiKey }) }),
    request: messagesRequest,
    reader: (request) => new TypedEventReader(request, new MessagesEvents()),
  },
};
