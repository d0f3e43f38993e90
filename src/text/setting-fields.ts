/** Reads a tree of settings, such as a parsed YAML file, field by field; what is wrong is named by its path, `engines.main.upstreams[1].url`. */
import { PurpgateError } from '../errors.js';

/** @throws PurpgateError `setting_invalid`, always. */
export function refuseSetting(path: string, reason: string): never {
  throw new PurpgateError('setting_invalid', { publicMessage: `${path}: ${reason}` });
}

/** The fields of one mapping. Every reader throws `setting_invalid`; `done` refuses what nobody has read. */
export class SettingFields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #read = new Set<string>();

  constructor(
    value: unknown,
    readonly path: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuseSetting(path, 'expected a mapping');
    this.#values = new Map(Object.entries(value));
  }

  get names(): readonly string[] {
    return [...this.#values.keys()];
  }

  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  /** undefined where the field is absent or null. */
  value(name: string): unknown {
    this.#read.add(name);
    return this.#values.get(name) ?? undefined;
  }

  text(name: string, fallback?: string): string {
    const value = this.value(name) ?? fallback;
    if (typeof value !== 'string' || value.trim() === '') this.refuse(name, 'expected a text');
    return value;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.value(name) ?? fallback;
    if (typeof value !== 'boolean') this.refuse(name, 'expected true or false');
    return value;
  }

  number(
    name: string,
    fallback: number,
    { least, most, whole = true }: { readonly least: number; readonly most: number; readonly whole?: boolean },
  ): number {
    const value = this.value(name) ?? fallback;
    const isFit = typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value));
    if (!isFit) this.refuse(name, `expected a ${whole ? 'whole ' : ''}number from ${least} to ${most}`);
    return value;
  }

  /** `fallback`: the first choice where it is not given. */
  choice<const Choice extends string>(name: string, choices: readonly Choice[], fallback = choices[0]): Choice {
    const value = this.value(name) ?? fallback;
    const found = choices.find((choice) => choice === value);
    return found ?? this.refuse(name, `expected one of ${choices.join(', ')}`);
  }

  texts(name: string, fallback: readonly string[]): readonly string[] {
    const value = this.value(name) ?? fallback;
    if (!Array.isArray(value)) return this.refuse(name, 'expected a list of texts');
    return value.map((entry: unknown, index) =>
      typeof entry === 'string' && entry !== ''
        ? entry
        : refuseSetting(`${this.pathOf(name)}[${index}]`, 'expected a text'),
    );
  }

  /** An absent mapping is an empty one. */
  mapping(name: string): SettingFields {
    return new SettingFields(this.value(name) ?? {}, this.pathOf(name));
  }

  mappings(name: string, least: 0 | 1 = 1): readonly SettingFields[] {
    const value = this.value(name) ?? (least === 0 ? [] : undefined);
    if (!Array.isArray(value) || value.length < least)
      return this.refuse(name, least === 0 ? 'expected a list' : 'expected a list that is not empty');
    return value.map((entry, index) => new SettingFields(entry, `${this.pathOf(name)}[${index}]`));
  }

  refuse(name: string, reason: string): never {
    refuseSetting(this.pathOf(name), reason);
  }

  done(): void {
    for (const name of this.#values.keys())
      if (!this.#read.has(name)) this.refuse(name, `is not known; known are ${[...this.#read].join(', ')}`);
  }
}
