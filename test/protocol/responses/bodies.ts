/** Request bodies in the shape that each client of the Responses wire sends, written by hand from recordings of the real ones. */
import type { ResponsesRequest } from '../../../src/protocol/wire.js';

const parameters = {
  type: 'object',
  properties: { command: { type: 'array', items: { type: 'string' } }, timeout_ms: { type: 'number' } },
  required: ['command'],
  additionalProperties: false,
};
const message = (role: string, ...texts: readonly string[]) => ({
  type: 'message',
  role,
  content: texts.map((text) => ({ type: role === 'assistant' ? 'output_text' : 'input_text', text })),
});

const codexTurn = [
  message('developer', '<permissions instructions>', 'Use apply_patch.'),
  message('user', '<environment_context>', '<cwd>/a</cwd>'),
  message('user', 'Read a'),
];

const webSearch = { type: 'web_search', external_web_access: false };
export const CODEX_FIRST: ResponsesRequest = {
  model: 'M',
  stream: true,
  store: false,
  input: codexTurn,
  tools: [
    { type: 'function', name: 'shell', description: 'Runs a command', strict: false, parameters },
    {
      type: 'custom',
      name: 'apply_patch',
      description: 'Edits files.',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: begin_patch' },
    },
    {
      type: 'namespace',
      name: 'agents',
      description: 'Other agents',
      tools: [
        { type: 'function', name: 'spawn', description: 'Starts one', strict: false, parameters },
        { type: 'function', name: 'shell', description: 'Of an agent', strict: false, parameters },
      ],
    },
    webSearch,
  ],
  tool_choice: 'auto',
  parallel_tool_calls: false,
  reasoning: { summary: 'auto' },
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'thread-1',
  client_metadata: { 'x-codex-installation-id': 'i' },
};

const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], content: null, encrypted_content: 'b3BhcXVl' };

export const CODEX_AFTER_TOOLS: ResponsesRequest = {
  ...CODEX_FIRST,
  input: [
    ...codexTurn,
    reasoning,
    message('assistant', 'I read it.'),
    { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'shell', arguments: '{"command":["cat","a"]}' },
    reasoning,
    { type: 'function_call', id: 'fc_2', call_id: 'c2', name: 'spawn', namespace: 'agents', arguments: '{' },
    { type: 'function_call_output', call_id: 'c1', output: 'x' },
    { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'y' }] },
    { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c3', name: 'apply_patch', input: '*** Begin "Patch"\n' },
    { type: 'custom_tool_call_output', call_id: 'c3', output: 'Done' },
    { type: 'web_search_call', id: 'ws_1' },
  ],
};

/** Without a type on messages, and with references to what it takes for stored. */
export const AI_SDK: ResponsesRequest = {
  model: 'M',
  input: [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'input_text', text: 'Read a' }] },
    { type: 'item_reference', id: 'rs_1' },
    { type: 'function_call', call_id: 'c1', name: 'read', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c1', output: '"x"' },
  ],
  tools: [{ type: 'function', name: 'read', description: 'Reads', parameters, strict: true }],
  tool_choice: { type: 'function', name: 'read' },
  max_output_tokens: 100,
  text: {
    format: { type: 'json_schema', strict: true, name: 'response', description: 'd', schema: { type: 'object' } },
  },
};

export const COPILOT: ResponsesRequest = {
  model: 'M',
  instructions: 'You are a coding agent.',
  input: [message('user', 'Read a')],
  tools: [{ type: 'function', name: 'view', parameters, strict: null }],
  reasoning: { effort: 'medium', summary: null },
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'k',
  store: false,
  parallel_tool_calls: true,
  stream: true,
};
