/** A caller and a request with nothing special about them; tests change what they are about. */
import type { Caller, CompletionRequest } from '../../src/types.js';

export const REDACTION_KEY = new TextEncoder().encode('key of the marks');

export const CALLER: Caller = {
  keyId: 'key',
  tenant: 'tenant',
  scopes: new Set(['inference']),
  consent: 'allow',
  honourStoreFalse: false,
  requestsPerMinute: null,
};

export const REQUEST: CompletionRequest = {
  id: '01890000-0000-7000-8000-000000000001',
  protocol: 'chat',
  model: 'model',
  messages: [
    { role: 'system', content: 'be kind' },
    { role: 'user', content: 'my question' },
  ],
  tools: [],
  toolChoice: 'auto',
  toolCalls: 'parallel',
  responseFormat: { type: 'text' },
  sampling: { temperature: 1, topP: 1, stop: [], choices: 1, frequencyPenalty: 0, presencePenalty: 0 },
  extra: {},
};
