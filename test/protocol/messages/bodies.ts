/** Request bodies in the shape that clients of Anthropic's API send, written by hand from recordings of the real ones. */
import type { MessagesRequest } from '../../../src/protocol/wire.js';

const ephemeral = { type: 'ephemeral' };
const read = {
  name: 'Read',
  description: 'Reads a file',
  input_schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { file_path: { type: 'string' }, limit: { type: 'number' } },
    required: ['file_path'],
    additionalProperties: false,
  },
};

/** Claude Code 2.1 after a tool call. */
export const CLAUDE_CODE: MessagesRequest = {
  model: 'M',
  max_tokens: 32000,
  stream: true,
  system: [
    { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.330' },
    { type: 'text', text: 'You are Claude Code.', cache_control: ephemeral },
  ],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: '<system-reminder>Be brief.</system-reminder>' },
        { type: 'text', text: 'Read a', cache_control: ephemeral },
      ],
    },
    { role: 'system', content: 'The user opened a.' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'I read it.', signature: 'c2ln' },
        { type: 'text', text: 'Reading.' },
        { type: 'tool_use', id: 'toolu_1', name: 'Read', input: { file_path: '/a' } },
        { type: 'tool_use', id: 'toolu_2', name: 'Read', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          content: [
            { type: 'text', text: '1' },
            { type: 'text', text: '2' },
          ],
        },
        { type: 'tool_result', tool_use_id: 'toolu_2', content: 'file_path is required', is_error: true },
        { type: 'text', text: 'Go on.' },
      ],
    },
  ],
  tools: [read, { ...read, name: 'Write', type: 'custom', cache_control: ephemeral }],
  metadata: { user_id: '{"device_id":"d","session_id":"s"}' },
  thinking: { type: 'adaptive', display: 'summarized' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  output_config: { effort: 'high' },
};

/** Claude Code 2.1.197 asking for a title. */
export const CLAUDE_CODE_TITLE: MessagesRequest = {
  model: 'M',
  max_tokens: 32000,
  stream: true,
  system: [{ type: 'text', text: 'Name this conversation.' }],
  messages: [{ role: 'user', content: 'Read a' }],
  tools: [],
  temperature: 1,
  metadata: { user_id: 'u' },
  output_config: {
    format: { type: 'json_schema', schema: { type: 'object', properties: { title: { type: 'string' } } } },
  },
};

/** AI SDK anthropic 3: no stream, every turn a list of blocks. */
export const AI_SDK: MessagesRequest = {
  model: 'M',
  max_tokens: 4096,
  temperature: 0,
  top_k: 5,
  top_p: 0.9,
  stop_sequences: ['</s>', ''],
  system: [{ type: 'text', text: 'You are an agent.' }],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  tools: [read],
  tool_choice: { type: 'auto', disable_parallel_tool_use: true },
};

/** Copilot CLI, its own key, Anthropic's wire. */
export const COPILOT: MessagesRequest = {
  model: 'M',
  max_tokens: 8192,
  stream: true,
  system: 'You are the GitHub Copilot CLI.',
  messages: [{ role: 'user', content: 'Hi' }],
  tools: [read],
  tool_choice: { type: 'any' },
  service_tier: 'auto',
};
