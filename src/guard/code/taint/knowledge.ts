/** Rules and model of a language, indexed for the analysis. Built once per language and shared by every scan. */
import type { Parameter } from '../ir.js';
import type { Model, Source } from '../model.js';
import type { Rule, Trigger } from '../rules.js';
import { NameMatcher, nameSet } from './names.js';
import type { Flow, Level, Origin } from './value.js';

export interface RuleTrigger {
  readonly rule: Rule;
  readonly trigger: Trigger;
  /** Bit of the rule's label. */
  readonly mask: number;
}

const ALL = -1;
/** Labels share one 32-bit mask. */
const MAX_LABELS = 31;

export class Knowledge {
  private readonly labels = new Map<string, number>();
  readonly calls: NameMatcher<RuleTrigger>;
  readonly assignments: readonly RuleTrigger[];
  readonly returns: readonly RuleTrigger[];
  readonly comparisons: readonly RuleTrigger[];
  readonly decorators: NameMatcher<RuleTrigger>;
  /** Calls that clean, each with the mask of what for. */
  readonly sanitisers: NameMatcher<number>;
  readonly sourceReads: NameMatcher<Source>;
  readonly sourceCalls: NameMatcher<Source>;
  private readonly parameterSources: readonly Source[];
  readonly nameSources: readonly Source[];
  readonly clean: NameMatcher<true>;
  readonly whole: NameMatcher<true>;
  readonly part: NameMatcher<true>;
  readonly urlParts: NameMatcher<true>;
  readonly joins: NameMatcher<true>;
  readonly exits: NameMatcher<true>;
  readonly fullMatches: NameMatcher<true>;
  readonly startMatches: NameMatcher<true>;
  readonly searches: NameMatcher<true>;
  readonly normalisers: NameMatcher<true>;
  readonly substitutions: NameMatcher<true>;
  private readonly named = new Map<string, readonly Source[]>();

  constructor(
    rules: readonly Rule[],
    readonly model: Model,
  ) {
    const triggers = rules.flatMap((rule) => {
      // Only data can be cleaned: a rule about uses as such needs no bit.
      const mask = rule.triggers.some(({ taint }) => taint !== null) ? this.mask(rule.label) : 0;
      return rule.triggers.map((trigger): RuleTrigger => ({ rule, trigger, mask }));
    });
    const at = (kind: Trigger['place']['kind']): RuleTrigger[] =>
      triggers.filter((entry) => entry.trigger.place.kind === kind);
    this.calls = new NameMatcher(
      triggers.flatMap((entry) =>
        entry.trigger.place.kind === 'call'
          ? entry.trigger.place.callees.map((callee) => [callee, entry] as const)
          : [],
      ),
    );
    this.assignments = at('assign');
    this.returns = at('return');
    this.comparisons = [...at('compare'), ...at('contains')];
    this.decorators = new NameMatcher(
      triggers.flatMap((entry) =>
        entry.trigger.place.kind === 'decorator' ? entry.trigger.place.names.map((name) => [name, entry] as const) : [],
      ),
    );
    this.sanitisers = new NameMatcher(
      rules.flatMap((rule) => rule.sanitisers.map((callee) => [callee, this.mask(rule.label)] as const)),
    );
    this.sourceReads = new NameMatcher(
      model.sources.flatMap((source) => source.reads.map((path) => [path, source] as const)),
    );
    this.sourceCalls = new NameMatcher(
      model.sources.flatMap((source) => source.calls.map((path) => [path, source] as const)),
    );
    this.parameterSources = model.sources.filter(({ parameters, types }) => parameters !== null || types !== null);
    this.nameSources = model.sources.filter((source) => source.names !== null);
    this.clean = nameSet(model.clean);
    this.whole = nameSet(model.whole);
    this.part = nameSet(model.part);
    this.urlParts = nameSet(model.urlParts);
    this.joins = nameSet(model.joins);
    this.exits = nameSet(model.exits);
    this.fullMatches = nameSet(model.predicates.fullMatches);
    this.startMatches = nameSet(model.predicates.startMatches);
    this.searches = nameSet(model.predicates.searches);
    this.normalisers = nameSet(model.predicates.normalisers);
    this.substitutions = nameSet(model.predicates.substitutions);
  }

  /** Bit of a label; `all` has every bit. */
  mask(label: string): number {
    if (label === 'all') return ALL;
    const known = this.labels.get(label);
    if (known !== undefined) return known;
    // Labels beyond the mask share its last bit: a sanitiser of one then counts for the others, which errs to silence.
    const bit = 1 << Math.min(this.labels.size, MAX_LABELS - 1);
    this.labels.set(label, bit);
    return bit;
  }

  /** Sources that a parameter is by its name or its type. */
  sourcesOfParameter({ name, annotation }: Parameter): readonly Source[] {
    return this.parameterSources.filter(
      ({ parameters, types }) => parameters?.test(name) || (annotation !== null && types?.test(annotation)),
    );
  }

  /** Sources that a name alone gives away, such as `password`. */
  sourcesNamed(name: string): readonly Source[] {
    const known = this.named.get(name);
    if (known !== undefined) return known;
    const found = this.nameSources.filter((source) => source.names?.test(name));
    // Names come from scanned code; the cache must not grow with it.
    if (this.named.size < 10_000) this.named.set(name, found);
    return found;
  }
}

export const newFlow = (origin: Origin, level: Level, kind: string): Flow => ({
  level,
  kind,
  origin,
  cleaned: 0,
  part: 'whole',
  direct: true,
});
