/** Which stages of a build are done and how long each took, also over several runs of which some were killed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from './training-folder.js';

interface StageRecord {
  readonly done: readonly string[];
  /** Of work, by stage. */
  readonly seconds: Readonly<Record<string, number>>;
}

const STAGES_FILE = 'stages.json';
/** What a killed run loses of its time at most. */
const SAVE_MS = 5000;

export class Stages {
  private constructor(
    private readonly file: string,
    private record: StageRecord,
  ) {}

  static async open(folder: string): Promise<Stages> {
    const file = join(folder, STAGES_FILE);
    const text = await readFile(file, 'utf8').catch(() => null);
    const record = text === null ? { done: [], seconds: {} } : (JSON.parse(text) as StageRecord);
    return new Stages(file, record);
  }

  get seconds(): Readonly<Record<string, number>> {
    return this.record.seconds;
  }

  /** Does nothing where the stage is done already. It is not done when `work` stops early, and is then begun again later. */
  async run(name: string, work: () => Promise<'finished' | 'stopped'>): Promise<'finished' | 'stopped'> {
    if (this.record.done.includes(name)) return 'finished';
    const before = this.record.seconds[name] ?? 0;
    const started = performance.now();
    let saving = Promise.resolve();
    const save = (): Promise<void> => {
      const seconds = before + (performance.now() - started) / 1000;
      this.record = { ...this.record, seconds: { ...this.record.seconds, [name]: Math.round(seconds) } };
      // An earlier write that failed, such as on a disk that was full, does not fail this one.
      saving = saving.catch(() => undefined).then(() => writeWhole(this.file, JSON.stringify(this.record)));
      return saving;
    };
    const timer = setInterval(() => {
      // The write where the stage ends saves what this one could not, or tells why.
      save().catch(() => undefined);
    }, SAVE_MS);
    try {
      const outcome = await work();
      if (outcome === 'finished') this.record = { ...this.record, done: [...this.record.done, name] };
      await save();
      return outcome;
    } finally {
      clearInterval(timer);
      await saving.catch(() => undefined);
    }
  }
}
