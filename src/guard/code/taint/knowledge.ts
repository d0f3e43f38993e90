/** Rules and model of a language, indexed for the analysis. Built once per language and shared by every scan. */
import type { Parameter } from '../ir.js';
import type { Model, Source } from '../model.js';
import type { Rule, Trigger } from '../rules.js';
import { NameMatcher } from './names.js';
import type { Flow, Level, Origin } from './value.js';

export interface RuleTrigger {
  readonly rule: Rule;
  readonly trigger: Trigger;
  /** Bit of the rule's label. */
  readonly mask: number;
}

/** What a call does by the model, in the order in which it counts where a name has several. */
const ROLES = [
  'exits',
  'fullMatches',
  'startMatches',
  'searches',
  'substitutions',
  'clean',
  'normalisers',
  'joins',
  'urlParts',
  'part',
  'whole',
] as const;
export type Role = (typeof ROLES)[number];

const namesOf = (model: Model, role: Role): readonly string[] =>
  role in model.predicates ? model.predicates[role as PredicateRole] : model[role as ModelRole];
type PredicateRole = Extract<Role, keyof Model['predicates']>;
type ModelRole = Exclude<Role, PredicateRole>;

type CallFact =
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'sanitiser'; readonly mask: number }
  | { readonly kind: 'role'; readonly role: Role };

export interface KnownCall {
  readonly sources: readonly Source[];
  /** Labels that its result is harmless for; 0 where it is no sanitiser. */
  readonly cleans: number;
  readonly role: Role | null;
}

const UNKNOWN_CALL: KnownCall = { sources: [], cleans: 0, role: null };

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
  /** What the model and the rules say of calls, in one look-up for each. */
  private readonly known: NameMatcher<CallFact>;
  readonly sourceReads: NameMatcher<Source>;
  private readonly parameterSources: readonly Source[];
  readonly nameSources: readonly Source[];
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
    this.known = new NameMatcher<CallFact>([
      ...model.sources.flatMap((source) => source.calls.map((name) => [name, { kind: 'source', source }] as const)),
      ...rules.flatMap((rule) => {
        const mask = rule.sanitisers.length > 0 ? this.mask(rule.label) : 0;
        return rule.sanitisers.map((name) => [name, { kind: 'sanitiser', mask }] as const);
      }),
      ...ROLES.flatMap((role) => namesOf(model, role).map((name) => [name, { kind: 'role', role }] as const)),
    ]);
    this.sourceReads = new NameMatcher(
      model.sources.flatMap((source) => source.reads.map((path) => [path, source] as const)),
    );
    this.parameterSources = model.sources.filter(({ parameters, types }) => parameters !== null || types !== null);
    this.nameSources = model.sources.filter((source) => source.names !== null);
  }

  /** @param written the callee as it stands in the source, where its qualified name is not known. */
  callOf(path: string | undefined, written: string): KnownCall {
    const facts = this.known.match(path, written);
    if (facts.length === 0) return UNKNOWN_CALL;
    const sources: Source[] = [];
    let cleans = 0;
    let role: Role | null = null;
    for (const fact of facts)
      if (fact.kind === 'source') sources.push(fact.source);
      else if (fact.kind === 'sanitiser') cleans |= fact.mask;
      // Of several roles the first in the order of the list.
      else if (role === null || ROLES.indexOf(fact.role) < ROLES.indexOf(role)) role = fact.role;
    return { sources, cleans, role };
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
