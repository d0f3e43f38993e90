/** Whether the process lives, and whether it can serve. */
import type { FastifyReply } from 'fastify';
import type { Readiness } from '../protocol/wire.js';

export interface HealthCheck {
  readonly name: string;
  /** `told`: requests can be served without it, and its state is only shown. */
  readonly role?: 'needed' | 'told';
  /** A rejection, and no answer within a second, count as not ready. */
  isReady(): boolean | Promise<boolean>;
}

const CHECK_MS = 1_000;

export function createHealthHandlers(checks: readonly HealthCheck[], isDraining: () => boolean) {
  return {
    live: () => ({ status: 'live' as const }),
    ready: async (_: unknown, reply: FastifyReply): Promise<Readiness> => {
      const states = await Promise.all(checks.map(async (check) => [check.name, await stateOf(check)] as const));
      if (isDraining()) states.push(['server', 'not_ready']);
      const told = checks.filter(({ role }) => role === 'told').map(({ name }) => name);
      const isReady = states.every(([name, state]) => state === 'ready' || told.includes(name));
      reply.code(isReady ? 200 : 503);
      return { status: isReady ? 'ready' : 'not_ready', checks: Object.fromEntries(states) };
    },
  };
}

async function stateOf(check: HealthCheck): Promise<'ready' | 'not_ready'> {
  let timer: NodeJS.Timeout | undefined;
  const timeOut = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, CHECK_MS, false);
  });
  try {
    return (await Promise.race([check.isReady(), timeOut])) ? 'ready' : 'not_ready';
  } catch {
    // Why is the check's own affair to log; callers of a public route learn only that.
    return 'not_ready';
  } finally {
    clearTimeout(timer);
  }
}
