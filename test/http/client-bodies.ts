/**
 * Request bodies in the shape that each client of the chat wire sends, written by hand from recordings of the real ones: its first turn, and the turn
 * after a tool call.
 */
const parameters = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { filePath: { type: 'string', description: 'Absolute path' }, limit: { type: ['number', 'null'] } },
  required: ['filePath'],
  additionalProperties: false,
};
const tool = { type: 'function', function: { name: 'read', description: 'Reads a file', parameters } };
const strictTool = { type: 'function', function: { ...tool.function, strict: false } };
const call = { id: 'call_1', type: 'function', function: { name: 'read', arguments: '{"filePath":"/a"}' } };
const parts = (text: string) => [{ type: 'text', text }];
const system = { role: 'system', content: 'You are a coding agent.' };
const ask = { role: 'user', content: 'Read a' };

interface ClientBodies {
  readonly client: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly first: object;
  readonly afterTool: object;
}

/** A body with its first turn, and with the turns that follow on a tool call. */
function turns(
  fields: object,
  first: readonly object[],
  more: readonly object[],
): Pick<ClientBodies, 'first' | 'afterTool'> {
  return { first: { ...fields, messages: first }, afterTool: { ...fields, messages: [...first, ...more] } };
}

export const CLIENTS: readonly ClientBodies[] = [
  {
    client: 'openai SDK',
    headers: { 'x-stainless-lang': 'js', 'x-stainless-retry-count': '0' },
    ...turns(
      { model: 'M', stream: false, temperature: 0.2, max_tokens: 64, stop: ['\n\n'], seed: 1, user: 'u', n: 1 },
      [ask],
      [
        { role: 'assistant', content: null, tool_calls: [call], refusal: null, annotations: [] },
        { role: 'tool', tool_call_id: 'call_1', content: 'x' },
      ],
    ),
  },
  {
    client: 'AI SDK openai-compatible',
    ...turns(
      {
        model: 'M',
        max_tokens: 32000,
        temperature: 0,
        stop: ['</s>'],
        seed: 42,
        response_format: { type: 'json_object' },
        tools: [tool],
        tool_choice: 'auto',
        stream: true,
      },
      [system, ask],
      [
        { role: 'assistant', content: '', reasoning_content: 'hm', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'x' },
      ],
    ),
  },
  {
    client: 'AI SDK openai (chat)',
    ...turns(
      {
        model: 'M',
        max_completion_tokens: 100,
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'response', strict: true, schema: parameters, description: 'd' },
        },
        tools: [strictTool],
        tool_choice: { type: 'function', function: { name: 'read' } },
        parallel_tool_calls: true,
        store: true,
        metadata: { a: 'b' },
        prediction: { type: 'content', content: 'x' },
        reasoning_effort: 'low',
        service_tier: 'auto',
        verbosity: 'low',
      },
      [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: parts('Read a') },
      ],
      [
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'x' },
      ],
    ),
  },
  {
    client: 'LangChain',
    ...turns(
      { model: 'M', stream: true, stream_options: { include_usage: true }, tools: [tool], temperature: null, n: 1 },
      [system, { role: 'user', content: parts('Read a') }],
      [
        { role: 'assistant', content: '', tool_calls: [call] },
        { role: 'tool', content: 'x', tool_call_id: 'call_1', name: 'read' },
      ],
    ),
  },
  {
    client: 'opencode',
    headers: { 'x-session-id': 'ses_1', 'x-session-affinity': 'ses_1' },
    ...turns(
      {
        model: 'M',
        max_tokens: 32000,
        tools: [tool],
        tool_choice: 'auto',
        stream: true,
        stream_options: { include_usage: true },
      },
      [system, ask],
      [
        { role: 'assistant', content: null, reasoning_content: 'hm', tool_calls: [call, { ...call, id: 'call_2' }] },
        { role: 'tool', tool_call_id: 'call_1', content: 'x' },
        { role: 'tool', tool_call_id: 'call_2', content: '' },
      ],
    ),
  },
  {
    client: 'qwen-code',
    ...turns(
      { model: 'M', max_tokens: 32000, stream: true, stream_options: { include_usage: true }, tools: [tool] },
      [
        system,
        { role: 'user', content: parts('Context'), cache_control: { type: 'ephemeral' } },
        { role: 'user', content: [...parts('Read'), ...parts('a')] },
      ],
      [
        { role: 'assistant', content: null, reasoning_content: 'hm', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: parts('x') },
      ],
    ),
  },
  {
    client: 'Continue',
    ...turns(
      { model: 'M', stream: true, tools: [tool], stream_options: { include_usage: true } },
      [system, ask],
      [
        { role: 'assistant', content: ' ', tool_calls: [call] },
        { role: 'tool', content: 'x', tool_call_id: 'call_1' },
      ],
    ),
  },
  {
    client: 'Cline',
    ...turns(
      { model: 'M', tools: [tool], tool_choice: 'auto', stream: true, stream_options: { include_usage: true } },
      [system, { role: 'user', content: parts('Read a') }],
      [
        { role: 'assistant', content: 'ok', reasoning_content: 'hm', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'x' },
      ],
    ),
  },
  {
    client: 'pi',
    headers: { session_id: 's', 'x-session-affinity': 's' },
    ...turns(
      {
        model: 'M',
        stream: true,
        stream_options: { include_usage: true },
        store: false,
        max_completion_tokens: 4096,
        reasoning_effort: 'medium',
        prompt_cache_key: 's',
        tools: [strictTool],
      },
      [
        { role: 'developer', content: 'You are pi.' },
        { role: 'user', content: parts('Read a') },
      ],
      [
        { role: 'assistant', content: null, tool_calls: [call], reasoning_content: 'hm' },
        { role: 'tool', content: 'x', tool_call_id: 'call_1' },
      ],
    ),
  },
  {
    client: 'Copilot CLI',
    ...turns(
      {
        model: 'M',
        temperature: 0,
        top_p: 0.95,
        frequency_penalty: 0,
        presence_penalty: 0,
        n: 1,
        stream: true,
        stream_options: { include_usage: true },
        tools: [tool],
      },
      [system, ask],
      [
        { role: 'assistant', content: 'ok', refusal: null, tool_calls: [call], reasoning_opaque: 'x' },
        { role: 'tool', tool_call_id: 'call_1', content: 'x' },
      ],
    ),
  },
  {
    client: 'Zed',
    ...turns(
      {
        model: 'M',
        stream: true,
        stream_options: { include_usage: true },
        max_completion_tokens: 1000,
        stop: [],
        temperature: 1,
        tool_choice: 'auto',
        parallel_tool_calls: false,
        tools: [tool],
        prompt_cache_key: 'thread',
        reasoning_effort: null,
      },
      [system, { role: 'user', content: parts('Read a') }],
      [
        { role: 'assistant', content: null, reasoning_content: 'hm', tool_calls: [call] },
        { role: 'tool', content: parts('x'), tool_call_id: 'call_1' },
      ],
    ),
  },
  {
    client: 'aider',
    ...turns({ model: 'M', stream: true, temperature: 0 }, [system, ask], [{ role: 'assistant', content: 'ok' }, ask]),
  },
];
