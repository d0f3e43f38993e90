/** The clients that are driven, by the package that holds each, and how each is run without a terminal. */
import type { ClientName } from '../../src/cli/connect/clients.js';

export interface Client {
  readonly name: ClientName;
  readonly package: string;
  readonly version: string;
  readonly program: string;
  readonly wire: 'chat' | 'responses' | 'messages';
  readonly args: (prompt: string) => readonly string[];
  /** Stands in requests that the client sends on its own behalf, although they repeat the prompt and carry tools. */
  readonly background?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export const CLIENTS: readonly Client[] = [
  {
    name: 'pi',
    package: '@mariozechner/pi-coding-agent',
    version: '0.73.1',
    program: 'pi',
    wire: 'chat',
    args: (prompt) => ['-p', prompt],
  },
  {
    name: 'opencode',
    package: 'opencode-ai',
    version: '1.18.33',
    program: 'opencode',
    wire: 'chat',
    args: (prompt) => ['run', prompt],
  },
  {
    name: 'continue',
    package: '@continuedev/cli',
    version: '1.5.47',
    program: 'cn',
    wire: 'chat',
    args: (prompt) => ['--auto', '-p', prompt],
  },
  {
    name: 'qwen',
    package: '@qwen-code/qwen-code',
    version: '0.24.4',
    program: 'qwen',
    wire: 'chat',
    args: (prompt) => ['--yolo', '-p', prompt],
    background: 'managed memory extraction subagent',
  },
  {
    name: 'codex',
    package: '@openai/codex',
    version: '0.169.0',
    program: 'codex',
    wire: 'responses',
    args: (prompt) => ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', prompt],
  },
  {
    name: 'claude',
    package: '@anthropic-ai/claude-code',
    version: '2.1.330',
    program: 'claude',
    wire: 'messages',
    args: (prompt) => ['-p', prompt, '--allowedTools', 'Bash'],
  },
  {
    name: 'copilot',
    package: '@github/copilot',
    version: '1.0.102',
    program: 'copilot',
    wire: 'chat',
    args: (prompt) => ['-p', prompt, '--allow-all-tools'],
  },
  {
    name: 'cline',
    package: 'cline',
    version: '3.0.65',
    program: 'cline',
    wire: 'chat',
    args: (prompt) => [prompt],
  },
];
