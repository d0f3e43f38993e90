/** The guards of all policies, and which of them serves whom. */
import { createHash } from 'node:crypto';
import type { Config } from '../config.js';
import { PurpgateError } from '../errors.js';
import { createGuard, type GuardOptions } from './create.js';
import type { Guard } from './guard.js';
import { choosePolicy, loadPolicies, type PolicyScope, type PolicySet } from './policy-file.js';
import { createJudgementCache } from './prompt/input.js';

interface GuardsOptions extends Omit<GuardOptions, 'policy' | 'cache'> {
  readonly config: Pick<Config, 'policiesFile' | 'policy'>;
}

interface ServedPolicies {
  readonly set: PolicySet;
  /** By name of the policy. */
  readonly guards: ReadonlyMap<string, Guard>;
  readonly hash: string;
}

export class Guards {
  readonly #config: GuardsOptions['config'];
  readonly #options: Omit<GuardOptions, 'policy'>;
  #served: ServedPolicies;

  /** @throws PurpgateError `setting_invalid`, naming the path of what is wrong. */
  constructor({ config, ...options }: GuardsOptions) {
    this.#config = config;
    this.#options = { ...options, cache: createJudgementCache() };
    this.#served = this.#build(loadPolicies(config));
  }

  /** Hex SHA-256 over all policies, whom they are for, and the rules. */
  get hash(): string {
    return this.#served.hash;
  }

  /** The guard of a request, from its beginning to its end: a reload changes nothing of it. */
  of(scope: PolicyScope): Guard {
    const { set, guards } = this.#served;
    const guard = guards.get(choosePolicy(set, scope));
    // Every name in a set is one of its policies.
    if (guard === undefined) throw new PurpgateError('internal_error', { message: 'a policy without a guard' });
    return guard;
  }

  /**
   * Reads `POLICIES_FILE` again; new requests are served by it from `commit` on, which gives the names of all policies.
   * @throws PurpgateError `setting_invalid`, naming the path of what is wrong.
   */
  prepare(): { readonly commit: () => readonly string[] } {
    const next = this.#build(loadPolicies(this.#config));
    return {
      commit: () => {
        this.#served = next;
        return [...next.guards.keys()];
      },
    };
  }

  #build(set: PolicySet): ServedPolicies {
    const guards = new Map(
      [...set.policies].map(([name, policy]) => [name, createGuard({ ...this.#options, policy })] as const),
    );
    const shown = [set.uses, set.fallback, [...guards.values()].map(({ policy }) => policy)];
    return { set, guards, hash: createHash('sha256').update(JSON.stringify(shown)).digest('hex') };
  }
}
