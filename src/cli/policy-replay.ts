/** Runs a policy over the logged traffic, newest first, and counts what it would change. Writes nothing. */
import type { Database } from '../db.js';
import { toPurpgateError } from '../errors.js';
import { parseInteraction } from '../events/parse-interaction.js';
import type { Guard } from '../guard/guard.js';
import { readMessages } from '../guard/messages.js';
import { judgeAgain, outcomeOf, type Outcome } from '../guard/replay.js';
import { mapLimited } from '../reward/map-limited.js';
import { MAY_BE_USED } from '../reward/samples.js';
import type { Action } from '../types.js';

export interface PolicyReplayOptions {
  readonly database: Database;
  readonly guard: Guard;
  readonly since: Date;
  /** The most interactions that are looked at. */
  readonly limit: number;
  /** Only those of which somebody said that the verdict was wrong. */
  readonly onlyReported: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a caller said that the verdict should have been. */
type Reported = 'allow' | 'block';

export interface PolicyChange {
  readonly id: string;
  readonly ts: string;
  readonly tenant: string;
  readonly model: string;
  /** That it was judged by; null in events from before policies had names. */
  readonly policy: string | null;
  readonly then: Outcome;
  readonly now: Outcome;
  readonly reported: Reported | null;
}

export interface PolicyReplay {
  readonly interactions: number;
  /** Could not be judged; they are in no other count. */
  readonly failed: number;
  /** In the same time, whose owner opted out: the log has no text of them. */
  readonly withoutText: number;
  /** Where what is done, or a rule that denies, is another one. */
  readonly changed: number;
  readonly transitions: readonly { readonly then: Action; readonly now: Action; readonly count: number }[];
  /** Interactions in which a rule denies something. */
  readonly rules: readonly { readonly rule: string; readonly then: number; readonly now: number }[];
  /** Of interactions that were reported: where the outcome is what the report says. */
  readonly reported: { readonly count: number; readonly rightThen: number; readonly rightNow: number };
  /** Some of each transition, the newest; all that were reported. */
  readonly examples: readonly PolicyChange[];
}

/** Interactions of one statement. */
const PAGE = 50;
const CONCURRENCY = 2;
/** Of each transition. */
const MOST_EXAMPLES = 5;

const IN_TIME = `i.ts >= $1 and i.status in ('completed', 'blocked')`;
const REPORTS = `from feedback f where f.interaction_id = i.id and f.tenant = i.tenant and f.kind = 'wrong_verdict'`;
const CHOSEN = `interactions i where ${IN_TIME} and ${MAY_BE_USED} and (not $2::boolean or exists (select ${REPORTS}))`;

interface Row {
  readonly id: string;
  readonly at: string;
  readonly event: unknown;
  readonly reported: unknown;
}

/** Rejects with the signal's reason when it aborts. */
export async function replayPolicy(options: PolicyReplayOptions): Promise<PolicyReplay> {
  const { database, since, limit, onlyReported, signal, onProgress } = options;
  const terms = [since, onlyReported];
  const [counted] = await database.query<{ total: string; silent: string }>(
    `select (select count(*) from ${CHOSEN}) as total,
       (select count(*) from interactions i where ${IN_TIME} and i.consent = 'deny' and not $2::boolean) as silent`,
    terms,
  );
  const total = Math.min(limit, Number(counted?.total ?? 0));
  const tally = new Tally();
  for (let cursor = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'], done = 0; done < total; ) {
    signal.throwIfAborted();
    const rows = await database.query<Row>(
      `select i.id, i.ts::text as at, i.event, (select f.value ${REPORTS} order by f.ts desc limit 1) as reported
         from ${CHOSEN} and (i.ts, i.id) < ($3::timestamptz, $4::uuid)
        order by i.ts desc, i.id desc limit ${Math.min(PAGE, total - done)}`,
      [...terms, ...cursor],
    );
    const last = rows.at(-1);
    if (last === undefined) break;
    for (const change of await mapLimited(rows, CONCURRENCY, (row) => compare(row, options))) tally.add(change);
    done += rows.length;
    cursor = [last.at, last.id];
    onProgress?.(done, total);
  }
  return tally.sum(Number(counted?.silent ?? 0));
}

/** Null where it could not be judged. */
async function compare({ event: value, reported }: Row, options: PolicyReplayOptions): Promise<PolicyChange | null> {
  const { guard, signal } = options;
  try {
    const event = parseInteraction(value);
    if (event.consent === 'deny') return null;
    const { id, ts, tenant, model, key_id: keyId } = event;
    const request = {
      messages: readMessages({ messages: event.request.messages }),
      answers: event.raw,
      context: { requestId: id, tenant, keyId },
    };
    return {
      id,
      ts,
      tenant,
      model,
      policy: event.policy?.name ?? null,
      then: outcomeOf(event.guard),
      now: outcomeOf(await judgeAgain(guard, request, signal)),
      reported: reported === 'allow' || reported === 'block' ? reported : null,
    };
  } catch (thrown) {
    signal.throwIfAborted();
    // A message that the guard cannot read, or a scan without an answer: one of many, and counted.
    if (thrown instanceof SyntaxError || ['event_invalid', 'guard_failed'].includes(toPurpgateError(thrown).code))
      return null;
    throw thrown;
  }
}

class Tally {
  private interactions = 0;
  private failed = 0;
  private changed = 0;
  private readonly reported = { count: 0, rightThen: 0, rightNow: 0 };
  private readonly transitions = new Map<string, { then: Action; now: Action; count: number }>();
  private readonly rules = new Map<string, { then: number; now: number }>();
  private readonly examples: PolicyChange[] = [];

  add(change: PolicyChange | null): void {
    if (change === null) {
      this.failed += 1;
      return;
    }
    const { then, now, reported } = change;
    this.interactions += 1;
    for (const rule of then.denying) this.count(rule).then += 1;
    for (const rule of now.denying) this.count(rule).now += 1;
    if (reported !== null) {
      this.reported.count += 1;
      if ((then.action === 'block') === (reported === 'block')) this.reported.rightThen += 1;
      if ((now.action === 'block') === (reported === 'block')) this.reported.rightNow += 1;
    }
    const isChanged = then.action !== now.action || then.denying.join('\n') !== now.denying.join('\n');
    if (isChanged) {
      this.changed += 1;
      const key = `${then.action} ${now.action}`;
      const transition = this.transitions.get(key) ?? { then: then.action, now: now.action, count: 0 };
      transition.count += 1;
      this.transitions.set(key, transition);
      if (reported === null && transition.count <= MOST_EXAMPLES) this.examples.push(change);
    }
    if (reported !== null) this.examples.push(change);
  }

  sum(withoutText: number): PolicyReplay {
    const { interactions, failed, changed, reported, examples } = this;
    return {
      interactions,
      failed,
      withoutText,
      changed,
      transitions: [...this.transitions.values()].sort((a, b) => b.count - a.count),
      rules: [...this.rules]
        .map(([rule, counts]) => ({ rule, ...counts }))
        .sort((a, b) => b.now - a.now || b.then - a.then),
      reported,
      examples,
    };
  }

  private count(rule: string): { then: number; now: number } {
    const counts = this.rules.get(rule) ?? { then: 0, now: 0 };
    this.rules.set(rule, counts);
    return counts;
  }
}
