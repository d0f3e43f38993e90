/** Oracles that the operator adds: a webhook is asked by POST, at an address that only the operator's file names. docs/rewards.md has the contract. */
import { Pool } from 'undici';
import type { Config } from '../config.js';
import { PurpgateError } from '../errors.js';
import { createAnalyser } from './analyser.js';
import { rewardSettingsOf, type Composition, type OwnOracleSettings, type WebhookSettings } from './composition.js';
import { readBounded } from './judge.js';
import { undecided, type Judgement, type Sample } from './oracle.js';

export interface OwnOracle extends OwnOracleSettings {
  /** Changes whenever the judgement of any sample may. */
  readonly version: string;
  /** Milliseconds after which there is no judgement. */
  readonly timeoutMs: number;
  /** As of an Oracle. */
  judge(sample: Sample, signal: AbortSignal): Promise<Judgement>;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** What the operator has decided about rewards. */
export interface Rewards {
  readonly composition: Composition;
  readonly own: readonly OwnOracle[];
  /** Idempotent. */
  stop(): Promise<void>;
}

/** @throws PurpgateError `setting_invalid`. */
export async function openRewards(config: Config): Promise<Rewards> {
  const { composition, webhooks, analysers } = rewardSettingsOf(config);
  const own = [...webhooks.map(createWebhook), ...(await Promise.all(analysers.map(createAnalyser)))];
  return {
    composition,
    own,
    stop: async () => {
      await Promise.all(own.map((oracle) => oracle.stop()));
    },
  };
}

/** Connections, and so samples that are judged at once. */
const CONNECTIONS = 8;
const LONGEST_REASON = 300;

export function createWebhook({ name, kinds, url, apiKey, version, timeoutMs }: WebhookSettings): OwnOracle {
  const { origin, pathname } = new URL(url);
  // Requests of a pool follow no redirect.
  const pool = new Pool(origin, { connections: CONNECTIONS, connect: { timeout: timeoutMs } });
  const headers = {
    'content-type': 'application/json',
    ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  return {
    name,
    kinds,
    about: 'answer',
    version: `webhook:${version}`,
    timeoutMs,
    async judge({ kind, prompt, response }, signal) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const body = JSON.stringify({ oracle: name, kind, prompt, response });
      try {
        const within = AbortSignal.any([signal, timeout]);
        const answer = await pool.request({ method: 'POST', path: pathname, headers, body, signal: within });
        const text = await readBounded(answer.body, `the oracle ${name}`);
        if (answer.statusCode !== 200) return undecided(`the oracle ${name} answered ${answer.statusCode}`);
        return judgementIn(text) ?? undecided(`the oracle ${name} gave no value in [0, 1] and no null`);
      } catch (thrown) {
        if (timeout.aborted) return undecided(`the oracle ${name} ran out of time`);
        const reason = thrown instanceof PurpgateError ? thrown.message : 'it cannot be asked';
        return undecided(`the oracle ${name} failed: ${reason}`);
      }
    },
    async stop() {
      if (!pool.destroyed) await pool.destroy();
    },
  };
}

/** `{"value": number in [0, 1] or null, "reason": optional text}`; null for whatever else it is. */
function judgementIn(text: string): Judgement | null {
  const answer = parsed(text);
  if (typeof answer !== 'object' || answer === null || !('value' in answer)) return null;
  const { value } = answer;
  const given = 'reason' in answer && typeof answer.reason === 'string' ? answer.reason : '';
  // Half a surrogate pair and U+0000 cannot be stored.
  const reason = given.slice(0, LONGEST_REASON).replace(/\p{C}/gu, ' ').trim();
  if (value === null) return undecided(reason === '' ? 'the oracle has no verdict' : reason);
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) return null;
  return { value, evidence: [], ...(reason === '' ? {} : { reason }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
