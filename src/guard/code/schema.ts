/** Reading of rule files: small parsers that name the file and the field of whatever is wrong. */
import { PurpgateError } from '../../errors.js';

/** A place in a rule file, such as `sql-injection.yaml: sinks[0].call`. */
export class Field {
  constructor(
    readonly value: unknown,
    readonly place: string,
  ) {}

  fail(expected: string): never {
    throw new PurpgateError('setting_invalid', { message: `${this.place}: expected ${expected}` });
  }

  get isMissing(): boolean {
    return this.value === undefined;
  }

  text(): string {
    return typeof this.value === 'string' && this.value !== '' ? this.value : this.fail('a text');
  }

  optional<Result>(parse: (field: Field) => Result): Result | null {
    return this.isMissing ? null : parse(this);
  }

  number(): number {
    return typeof this.value === 'number' ? this.value : this.fail('a number');
  }

  oneOf<Choice extends string>(choices: readonly Choice[]): Choice {
    return choices.find((choice) => choice === this.value) ?? this.fail(`one of ${choices.join(', ')}`);
  }

  constant(): string | number | boolean | null {
    const { value } = this;
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return value;
    return this.fail('a text, number, boolean or null');
  }

  /** A regular expression, matched without regard to case. It may see at most a few hundred characters of scanned code. */
  pattern(): RegExp {
    try {
      return new RegExp(this.text(), 'i');
    } catch {
      return this.fail('a regular expression');
    }
  }

  /** A list; a single value stands for a list of one. Absent is empty. */
  list<Item>(parse: (field: Field) => Item): Item[] {
    if (this.isMissing) return [];
    const values: readonly unknown[] = Array.isArray(this.value) ? this.value : [this.value];
    return values.map((value, index) => parse(new Field(value, `${this.place}[${index}]`)));
  }

  /** The fields of a mapping; any other name than these is an error. */
  fields<Name extends string>(names: readonly Name[]): Record<Name, Field> {
    const entries = this.entries();
    const surplus = entries.find(([name]) => !names.some((known) => known === name));
    if (surplus !== undefined) surplus[1].fail(`no such field; the fields are ${names.join(', ')}`);
    const values = new Map(entries);
    const read = (name: Name): Field => values.get(name) ?? new Field(undefined, `${this.place}.${name}`);
    return Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, Field>;
  }

  entries(): [string, Field][] {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value))
      return this.fail('a mapping');
    return Object.entries(this.value).map(([name, value]) => [name, new Field(value, `${this.place}.${name}`)]);
  }
}
