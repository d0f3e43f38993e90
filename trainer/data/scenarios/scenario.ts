/** What a coding scenario is: one task that has a safe and a careless solution. */
import type { Check } from '../check.js';

interface Variant {
  /** Completes "I …" in the analysis; decides the code that follows. */
  readonly how: string;
  /** Python with slots: `$f` function name, `$a` main argument, and the scenario's own. */
  readonly code: string;
}

export interface Scenario {
  readonly id: string;
  readonly cwe: `CWE-${number}`;
  /** Name of the weakness as it stands in the analysis. */
  readonly weakness: string;
  /** Parameters of the function, such as `conn, $a`. */
  readonly parameters: string;
  /** What `$a` may be called; the first where the prompt does not say. Slots are allowed. */
  readonly argument: readonly string[];
  /** Function name where the prompt gives none. */
  readonly name: string;
  /** Slots beyond the common ones (`row`, `rows`, `field`, `place`), each with its choices. */
  readonly slots?: Readonly<Record<string, readonly string[]>>;
  /** Tasks with verbs marked by `~`; some are held out from training (see phrasingsOf). */
  readonly phrasings: readonly string[];
  /** One sentence after a secure solution: why it is safe, with the CWE. */
  readonly lesson: string;
  readonly secure: readonly Variant[];
  readonly insecure: readonly Variant[];
  /** Every solution passes `functional`; the secure ones pass `security`, and no insecure one does. */
  readonly check: Check & { readonly security: string };
}
