/** What the chunks of OpenAI's streams have in common, whatever a choice looks like in them. */
import type { Usage, Verdict } from '../types.js';
import { toLine } from './events.js';
import type { ResponseIdentity } from './format.js';
import { toWireUsage, toWireVerdict, type WireExtension, type WireVerdict } from './wire.js';

interface ChunkKind {
  /** Stands in front of the id. */
  readonly prefix: string;
  readonly object: string;
}

/** All that does not change between the chunks of one response is serialised once. */
export class ChunkFrame {
  /** Everything in front of the choice. */
  private readonly head: string;
  /** What the next chunk tells in its extension field; null when there is nothing to tell. The first chunk always tells who answers. */
  private pending: WireVerdict[] | null = [];

  constructor(
    private readonly identity: ResponseIdentity,
    { prefix, object }: ChunkKind,
  ) {
    const { id, created, model, version } = identity;
    const head = {
      id: `${prefix}${id}`,
      object,
      created,
      model,
      ...(version !== null && { system_fingerprint: version }),
    };
    this.head = `data: ${toLine(head).slice(0, -1)},"choices":[`;
  }

  /** Whether something is left to tell. Verdicts ride on chunks with a choice: one without choice and usage breaks callers that read the usage of any such. */
  get hasPending(): boolean {
    return this.pending !== null;
  }

  /** @param choice JSON of the chunk's one choice. */
  chunk(choice: string): string {
    return `${this.head}${choice}]${this.extension()}}\n\n`;
  }

  usageChunk(usage: Usage): string {
    return `${this.head}],"usage":${JSON.stringify(toWireUsage(usage))}}\n\n`;
  }

  /** Keeps a verdict for the next chunk. Gives it as the caller reads it, or null when the caller is not told. */
  tell(choice: number, verdict: Verdict): WireVerdict | null {
    const told = toWireVerdict(choice, verdict);
    if (told !== null) (this.pending ??= []).push(told);
    return told;
  }

  private extension(): string {
    if (this.pending === null) return '';
    const told: WireExtension = {
      interaction_id: this.identity.id,
      version: this.identity.version,
      verdicts: this.pending,
    };
    this.pending = null;
    return `,"purpgate":${toLine(told)}`;
  }
}
