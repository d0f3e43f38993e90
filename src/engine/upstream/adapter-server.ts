/**
 * An upstream that loads LoRA adapters while it runs, by vLLM's routes (https://docs.vllm.ai/en/latest/features/lora/, dynamically serving LoRA
 * adapters): the server needs `--enable-lora` and `VLLM_ALLOW_RUNTIME_LORA_UPDATING=True`. `load_inplace` is never asked for: the name of a
 * version means the same weights for ever.
 */
import { PurpgateError } from '../../errors.js';
import type { VersionName } from '../../types.js';
import type { UpstreamConnection } from './connection.js';
import { readUpstreamError } from './errors.js';

interface Sequence {
  readonly promptIds: readonly number[];
  /** At least one. */
  readonly completionIds: readonly number[];
}

export class AdapterServer {
  constructor(
    /** Base URL. */
    readonly id: string,
    private readonly connection: UpstreamConnection,
    private readonly adapters: Set<VersionName>,
  ) {}

  /** Whether it gets the requests for the adapter. */
  serves(version: VersionName): boolean {
    return this.adapters.has(version);
  }

  admit(version: VersionName): void {
    this.adapters.add(version);
  }

  dismiss(version: VersionName): void {
    this.adapters.delete(version);
  }

  /** Names of base and adapters. @throws PurpgateError, as all that follow, where it does not answer so. */
  async models(signal: AbortSignal): Promise<readonly string[]> {
    const { data } = fieldsOf(await this.#call('/models', null, signal));
    if (!Array.isArray(data)) throw unexpected('a list of models', data);
    return data.flatMap((model: unknown) => {
      const { id } = fieldsOf(model);
      return typeof id === 'string' ? [id] : [];
    });
  }

  /** One that is there already is no failure: it is proven all the same. */
  async load(version: VersionName, path: string, signal: AbortSignal): Promise<void> {
    if ((await this.models(signal)).includes(version)) return;
    await this.#call('/load_lora_adapter', { lora_name: version, lora_path: path }, signal);
  }

  async unload(version: VersionName, signal: AbortSignal): Promise<void> {
    this.dismiss(version);
    if (!(await this.models(signal)).includes(version)) return;
    await this.#call('/unload_lora_adapter', { lora_name: version }, signal);
  }

  /** Natural log-probabilities of the completion's tokens under the model of that name, by `prompt_logprobs`. */
  async score(model: string, { promptIds, completionIds }: Sequence, signal: AbortSignal): Promise<readonly number[]> {
    const body = {
      model,
      prompt: [...promptIds, ...completionIds],
      // Nothing is wanted of what it would write, and servers write one token at least.
      max_tokens: 1,
      temperature: 0,
      prompt_logprobs: 0,
    };
    const { choices } = fieldsOf(await this.#call('/completions', body, signal));
    const positions = fieldsOf(Array.isArray(choices) ? choices[0] : null)['prompt_logprobs'];
    if (!Array.isArray(positions)) throw unexpected('prompt_logprobs', positions);
    // Of each position a mapping from ids of tokens; nothing is said of the first.
    return completionIds.map((id, index) => {
      const { logprob } = fieldsOf(fieldsOf(positions[promptIds.length + index])[String(id)]);
      if (typeof logprob !== 'number') throw unexpected('a log-probability', logprob);
      return logprob;
    });
  }

  async #call(path: string, body: Parameters<UpstreamConnection['call']>[1], signal: AbortSignal): Promise<unknown> {
    const { status, answer } = await this.connection.call(path, body, signal);
    if (status !== 200) throw readUpstreamError(answer, status);
    return answer;
  }
}

const unexpected = (what: string, found: unknown): PurpgateError =>
  new PurpgateError('upstream_error', {
    message: `the upstream answered without ${what}: ${describe(found).slice(0, 200)}`,
  });

const describe = (found: unknown): string => (found === undefined ? 'nothing' : JSON.stringify(found));

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
