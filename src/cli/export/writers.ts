/** Files of samples, written as they come: the memory that they need does not grow with the number of samples. */
import { open } from 'node:fs/promises';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { RewardEvent } from '../../events/interaction.js';
import { type VerlRow, verlRow, trlRow } from './rows.js';

export const FORMATS = ['jsonl', 'trl', 'verl'] as const;
export type ExportFormat = (typeof FORMATS)[number];

export interface SampleWriter {
  /** Resolves with how many of the samples the format can hold; the others are left out. */
  write(events: readonly RewardEvent[]): Promise<number>;
  /** Writes what is left. The file is whole then, and not yet synced. */
  finish(): Promise<void>;
  /** Idempotent; lets go of the file, whole or not. */
  close(): Promise<void>;
}

/** Writes into `file`, which is there and empty. */
export async function createWriter(format: ExportFormat, file: string): Promise<SampleWriter> {
  switch (format) {
    case 'jsonl':
      return lineWriter(file, (event) => event);
    case 'trl':
      return lineWriter(file, trlRow);
    case 'verl':
      return parquetWriter(file);
  }
}

async function lineWriter(file: string, toRow: (event: RewardEvent) => object | null): Promise<SampleWriter> {
  const handle = await open(file, 'a');
  let closing: Promise<void> | undefined;
  return {
    async write(events) {
      const rows = events.map(toRow).filter((row) => row !== null);
      await handle.appendFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      return rows.length;
    },
    finish: () => Promise.resolve(),
    close: () => (closing ??= handle.close()),
  };
}

const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' } as const;
const group = (children: number) => ({ repetition_type: 'REQUIRED', num_children: children }) as const;

/** Names and nesting as pandas and pyarrow write lists of dicts, which is what verl's own preparation scripts give. */
const VERL_SCHEMA: ParquetWriter['schema'] = [
  { name: 'schema', num_children: 5 },
  { name: 'data_source', ...text },
  { name: 'prompt', ...group(1), converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', ...group(2) },
  { name: 'role', ...text },
  { name: 'content', ...text },
  { name: 'ability', ...text },
  { name: 'reward_model', ...group(2) },
  { name: 'style', ...text },
  { name: 'ground_truth', ...text },
  { name: 'extra_info', ...group(8) },
  { name: 'index', type: 'INT64', repetition_type: 'REQUIRED' },
  { name: 'split', ...text },
  { name: 'interaction_id', ...text },
  { name: 'choice', type: 'INT32', repetition_type: 'REQUIRED' },
  { name: 'pool', ...text },
  { name: 'version', ...text, repetition_type: 'OPTIONAL' },
  { name: 'score', type: 'DOUBLE', repetition_type: 'REQUIRED' },
  { name: 'response', ...text },
];

const VERL_COLUMNS = [
  'data_source',
  'prompt',
  'ability',
  'reward_model',
  'extra_info',
] as const satisfies readonly (keyof VerlRow)[];

/** Rows of a row group, and characters at which one ends: a group is in memory as a whole. */
const GROUP_ROWS = 1000;
const GROUP_CHARACTERS = 16 << 20;

function parquetWriter(file: string): SampleWriter {
  const parquet = new ParquetWriter({ writer: fileWriter(file), schema: VERL_SCHEMA, createdBy: 'purpgate' });
  let waiting: VerlRow[] = [];
  let characters = 0;
  let written = 0;
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const columnData = VERL_COLUMNS.map((name) => ({ name, data: waiting.map((row) => row[name]) }));
    await parquet.write({ columnData, rowGroupSize: waiting.length });
    waiting = [];
    characters = 0;
  };
  return {
    async write(events) {
      const before = written;
      for (const event of events) {
        const row = verlRow(event, written);
        if (row === null) continue;
        waiting.push(row);
        written += 1;
        characters += row.extra_info.response.length + row.prompt.reduce((sum, { content }) => sum + content.length, 0);
        if (waiting.length >= GROUP_ROWS || characters >= GROUP_CHARACTERS) await flush();
      }
      return written - before;
    },
    async finish() {
      await flush();
      await parquet.finish();
    },
    close: () => Promise.resolve(),
  };
}
