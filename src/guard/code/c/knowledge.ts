/** Rules and model of C and C++, indexed for the memory analysis. */
import type { Rule } from '../rules.js';
import type { RuleTrigger } from '../taint/knowledge.js';
import { NameMatcher } from '../taint/names.js';
import type { CModel } from './model.js';

/** Labels share one 32-bit mask; `all` has every bit. */
const ALL = -1;

export class CKnowledge {
  private readonly labels = new Map<string, number>();
  private readonly events = new Map<string, Rule[]>();
  readonly calls: NameMatcher<RuleTrigger>;
  readonly assignments: readonly RuleTrigger[];
  /** Calls whose result, or the buffer that they fill, is harmless for these labels. */
  readonly sanitisers: NameMatcher<number>;
  /** Characters that are harmless within the data of a label. */
  readonly harmless: readonly { readonly mask: number; readonly pattern: RegExp }[];

  constructor(
    readonly rules: readonly Rule[],
    readonly model: CModel,
  ) {
    const entries = rules.flatMap((rule) =>
      rule.triggers.map(
        (trigger): RuleTrigger => ({ rule, trigger, mask: trigger.taint === null ? 0 : this.mask(rule.label) }),
      ),
    );
    for (const { rule, trigger } of entries)
      if (trigger.place.kind === 'event')
        for (const name of trigger.place.names) this.events.set(name, [...(this.events.get(name) ?? []), rule]);
    this.calls = new NameMatcher(
      entries.flatMap((entry) =>
        entry.trigger.place.kind === 'call' ? entry.trigger.place.callees.map((name) => [name, entry] as const) : [],
      ),
    );
    this.assignments = entries.filter(({ trigger }) => trigger.place.kind === 'assign');
    this.sanitisers = new NameMatcher(
      rules.flatMap((rule) => rule.sanitisers.map((name) => [name, this.mask(rule.label)] as const)),
    );
    this.harmless = rules.flatMap(({ harmless, label }) =>
      harmless === null ? [] : [{ mask: this.mask(label), pattern: harmless }],
    );
  }

  mask(label: string): number {
    if (label === 'all') return ALL;
    const known = this.labels.get(label);
    if (known !== undefined) return known;
    const bit = 1 << Math.min(this.labels.size, 30);
    this.labels.set(label, bit);
    return bit;
  }

  /** The rules about what the analysis itself notices, such as `double-free`. */
  rulesOf(event: string): readonly Rule[] {
    return this.events.get(event) ?? [];
  }

  /** Labels for which every character from one code to another is harmless. */
  harmlessMask(low: number, high: number): number {
    if (low < 1 || high > 126 || low > high) return 0;
    let mask = 0;
    for (const { mask: bit, pattern } of this.harmless) {
      let isHarmless = true;
      for (let code = low; code <= high && isHarmless; code += 1) isHarmless = pattern.test(String.fromCharCode(code));
      if (isHarmless) mask |= bit;
    }
    return mask;
  }
}
