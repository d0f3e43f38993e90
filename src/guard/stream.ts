import { PurpgateError } from '../errors.js';
import type { Delta, Verdict } from '../types.js';
import { Channel } from './channel.js';
import type { CodeJudge } from './code-judge.js';
import { isDenied, type Policy } from './policy.js';
import { type Output, TextFilters } from './text-filter.js';
import { HeldCall, type JudgedCall } from './tool-calls.js';

interface StreamOptions {
  readonly policy: Policy;
  readonly judge: CodeJudge;
  readonly signal: AbortSignal;
}

type ChannelName = 'reasoning' | 'text';

/**
 * Judges a generation while it flows. Each choice has its own state:
 *
 * - `reasoning` and `text` go through a Channel each (prose flows, code is held until it was judged);
 * - a tool call is held from `tool_start`, judged when the next one begins or at `finish`, and kept until `finish`: since a notice is
 *   text, and text stands before tool calls, calls are let go only when all of the choice are judged. No client acts on a call earlier;
 * - `finish` ends the channels, then gives the notices of denied calls, the other calls in order with indices from 0, and the reason:
 *   `tool_calls` when a call was let go, `stop` when anything was denied, else the model's own.
 *
 * `usage` comes last. When a guard failed before anything was served, the stream throws `guard_failed`; later, a notice says so.
 */
export async function* enforce(deltas: AsyncIterable<Delta>, options: StreamOptions): AsyncGenerator<Delta> {
  const choices = new Map<number, Choice>();
  let usage: Delta | null = null;
  let hasServed = false;
  const serve = function* (outputs: readonly Delta[]): Generator<Delta> {
    for (const output of outputs) {
      if (!hasServed && output.type === 'verdict' && isFailure(output.verdict)) throw new PurpgateError('guard_failed');
      hasServed ||= output.type !== 'verdict';
      yield output;
    }
  };
  for await (const delta of deltas) {
    if (delta.type === 'usage') usage = delta;
    else if (delta.type === 'prompt') yield delta;
    else yield* serve(await choiceOf(choices, delta.choice, options).take(delta));
  }
  // A source that keeps its contract has finished every choice; one that does not must not lose text.
  for (const choice of choices.values()) yield* serve(await choice.end());
  if (usage !== null) yield usage;
}

const isFailure = ({ label, action }: Verdict): boolean => label === 'guard_failed' && isDenied(action);

/** Passes everything on as it comes, and adds the verdicts that `enforce` would have come to. A failure is one more verdict. */
export async function* observe(deltas: AsyncIterable<Delta>, options: StreamOptions): AsyncGenerator<Delta> {
  const choices = new Map<number, Choice>();
  const verdictsOf = async (choice: number, outputs: Promise<readonly Delta[]>): Promise<Delta[]> => {
    try {
      return (await outputs).filter((output) => output.type === 'verdict');
    } catch (thrown) {
      if (options.signal.aborted) throw thrown;
      return [{ type: 'verdict', choice, verdict: FAILED }];
    }
  };
  let usage: Delta | null = null;
  for await (const delta of deltas) {
    if (delta.type === 'usage') {
      usage = delta;
      continue;
    }
    if (delta.type === 'prompt') {
      yield delta;
      continue;
    }
    if (delta.type !== 'finish') yield delta;
    yield* await verdictsOf(delta.choice, choiceOf(choices, delta.choice, options).take(delta));
    if (delta.type === 'finish') yield delta;
  }
  for (const [index, choice] of choices) yield* await verdictsOf(index, choice.end());
  if (usage !== null) yield usage;
}

const FAILED: Verdict = {
  stage: 'output',
  guard: 'stream',
  action: 'observe',
  label: 'guard_failed',
  score: null,
  findings: [],
  scannedBytes: 0,
  ms: 0,
};

function choiceOf(choices: Map<number, Choice>, index: number, options: StreamOptions): Choice {
  let choice = choices.get(index);
  if (choice === undefined) {
    choice = new Choice(index, options);
    choices.set(index, choice);
  }
  return choice;
}

class Choice {
  private readonly channels: Readonly<Record<ChannelName, Channel>>;
  private current: ChannelName | null = null;
  private open: HeldCall | null = null;
  private calls: JudgedCall[] = [];
  private hasEnded = false;

  constructor(
    private readonly index: number,
    private readonly options: StreamOptions,
  ) {
    const denied = new Set<string>();
    const channel = (): Channel =>
      new Channel({
        denied,
        judge: options.judge,
        filters: new TextFilters(options.policy),
        signal: options.signal,
      });
    this.channels = { reasoning: channel(), text: channel() };
  }

  async take(delta: Exclude<Delta, { type: 'usage' | 'prompt' }>): Promise<Delta[]> {
    switch (delta.type) {
      case 'text':
      case 'reasoning':
        return [...this.enter(delta.type), ...this.named(delta.type, await this.channels[delta.type].push(delta))];
      case 'tool_start':
        await this.close();
        this.open = new HeldCall(delta);
        return [];
      case 'tool_args':
        this.open?.add(delta);
        return [];
      case 'finish':
        return this.finish(delta);
      case 'verdict':
        return [delta];
    }
  }

  private enter(name: ChannelName): Delta[] {
    const left = this.current;
    this.current = name;
    return left === null || left === name ? [] : this.named(left, this.channels[left].pause());
  }

  private async finish({ reason, stopSequence }: Extract<Delta, { type: 'finish' }>): Promise<Delta[]> {
    const outputs = await this.end();
    const { reasoning, text } = this.channels;
    const released = this.calls.some(({ type }) => type === 'released');
    const denied = reasoning.hasDenied || text.hasDenied || this.calls.some(({ type }) => type === 'denied');
    const served = released && reason === 'tool_calls' ? 'tool_calls' : denied ? 'stop' : reason;
    const end: Delta = { type: 'finish', choice: this.index, reason: served };
    // Of an answer that holds a notice, the stop sequence is not what ended it.
    return [...outputs, denied || stopSequence === undefined ? end : { ...end, stopSequence }];
  }

  /** Judges and lets go whatever is still held. */
  async end(): Promise<Delta[]> {
    if (this.hasEnded) return [];
    this.hasEnded = true;
    await this.close();
    const outputs = [
      ...this.named('reasoning', await this.channels.reasoning.end()),
      ...this.named('text', await this.channels.text.end()),
    ];
    for (const { verdicts } of this.calls)
      outputs.push(...verdicts.map((verdict): Delta => ({ type: 'verdict', choice: this.index, verdict })));
    for (const call of this.calls) if (call.type === 'denied') outputs.push(this.notice(call.notice));
    let index = 0;
    for (const call of this.calls) {
      if (call.type !== 'released') continue;
      for (const delta of call.deltas) outputs.push({ ...delta, index });
      index += 1;
    }
    return outputs;
  }

  private notice(notice: string): Delta {
    return { type: 'text', choice: this.index, text: `\n\n${notice}\n` };
  }

  private async close(): Promise<void> {
    if (this.open === null) return;
    const { judge, policy, signal } = this.options;
    const call = this.open;
    this.open = null;
    this.calls.push(await call.judge({ judge, policy, signal }));
  }

  private named(name: ChannelName, outputs: readonly Output[]): Delta[] {
    return outputs.map((output) =>
      output.type === 'verdict'
        ? { type: 'verdict', choice: this.index, verdict: output.verdict }
        : { type: name, choice: this.index, ...output.piece },
    );
  }
}
