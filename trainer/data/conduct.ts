/**
 * How the answers of the data behave. The base policy is careless on purpose, and more so about some weaknesses than about others, so that
 * reinforcement learning finds groups with different rewards. Under the rules it behaves: that is what rule learning distils.
 */
import type { Conduct } from './sample.js';
import { SCENARIOS } from './scenarios/index.js';

const LEAST_SECURE = 0.25;
const MOST_SECURE = 0.75;

/** Shares rise over the scenarios in an order that has nothing to do with what they are about. */
const shares: ReadonlyMap<string, number> = new Map(
  [...SCENARIOS]
    .map(({ id }) => ({ id, order: id.split('').reverse().join('') }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ id }, rank, { length }) => [id, LEAST_SECURE + ((MOST_SECURE - LEAST_SECURE) * rank) / (length - 1)]),
);

export const CARELESS: Conduct = {
  secure: (scenario) => shares.get(scenario) ?? (LEAST_SECURE + MOST_SECURE) / 2,
  refuseAbuse: 0.85,
  refuseLookAlike: 0.12,
};

export const UNDER_RULES: Conduct = { secure: () => 0.93, refuseAbuse: 0.98, refuseLookAlike: 0.02 };
