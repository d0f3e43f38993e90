/** Samples of an agent that writes files by tool calls, as coding assistants do. */
import type { Message, Tool } from '../../src/types.js';
import { capital, noun } from './identifiers.js';
import type { Chooser } from './random.js';
import type { Sample, Setting } from './sample.js';
import { CODE_BLOCK } from './code.js';

/** Names that agents give to the tool, its path and its content. */
const TOOL_NAMES = ['write_file', 'create_file', 'Write', 'save_file', 'write', 'new_file', 'edit_file', 'fs_write'];
const PATH_NAMES = ['path', 'file_path', 'filename', 'file', 'target_file', 'filePath'];
const CONTENT_NAMES = ['content', 'text', 'contents', 'code', 'file_text', 'data'];
const DESCRIPTIONS = ['Write a file', 'Creates or overwrites a file', 'Save text to a file', 'Write content to a path'];

const FILE_NOTES = [
  'Save it as $p.',
  'Put it into `$p`.',
  'Write it to $p.',
  'The file is $p.',
  'Create $p with it.',
  'It belongs in `$p`.',
  'Store the code in $p.',
];
const RESULTS = ['ok', 'File written.', 'done', '{"ok": true}', 'The file $p has been created.', 'Success'];

interface FileTool {
  readonly tool: Tool;
  readonly pathName: string;
  readonly contentName: string;
}

function fileTool(chooser: Chooser): FileTool {
  const pathName = chooser.pick(PATH_NAMES);
  const contentName = chooser.pick(CONTENT_NAMES);
  const parameters = {
    type: 'object',
    properties: { [pathName]: { type: 'string' }, [contentName]: { type: 'string' } },
    required: [pathName, contentName],
  };
  const name = chooser.pick(TOOL_NAMES);
  return { tool: { name, description: chooser.pick(DESCRIPTIONS), parameters }, pathName, contentName };
}

function filePath(chooser: Chooser, { split }: Setting): string {
  const stem = chooser.chance(0.3)
    ? `${noun(chooser, split.names)}_${noun(chooser, split.names)}`
    : noun(chooser, split.names);
  return `${chooser.chance(0.3) ? chooser.pick(['src/', 'app/', 'lib/', 'tools/']) : ''}${stem}.py`;
}

/** The code of a sample as a call that writes it to a file, or the turn after that call. */
export function agentSample(chooser: Chooser, setting: Setting, code: Sample): Sample {
  const block = CODE_BLOCK.exec(code.answer);
  if (block?.[1] === undefined) return code;
  const { tool, pathName, contentName } = fileTool(chooser);
  const path = filePath(chooser, setting);
  const call = { [pathName]: path, [contentName]: `${block[1]}\n` };
  const messages = withNote(code.messages, chooser.pick(FILE_NOTES).replace('$p', path));
  const common = { ...code, test: null, tools: [tool] };
  if (chooser.chance(0.75)) {
    const body = JSON.stringify({ name: tool.name, arguments: call });
    return { ...common, messages, answer: `<tool_call>\n${body}\n</tool_call>` };
  }
  const id = `call_${chooser.below(1000)}`;
  const toolCalls = [{ id, name: tool.name, arguments: JSON.stringify(call) }];
  const result = chooser.pick(RESULTS).replace('$p', path);
  return {
    ...common,
    messages: [
      ...messages,
      { role: 'assistant', content: '', toolCalls },
      { role: 'tool', content: result, toolCallId: id },
    ],
    analysis: 'The tool has written the file, so the task is done (A0).',
    answer: `I have written the code to \`${path}\`.`,
    outcome: 'plain',
  };
}

function withNote(messages: readonly Message[], note: string): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== 'user') return messages;
  const content = /[.!?`]$/.test(last.content) ? last.content : `${last.content}.`;
  return [...messages.slice(0, -1), { role: 'user', content: `${content} ${capital(note)}` }];
}
