/** Who calls, and whether they may: every route needs a key but those that say `access: 'public'`. */
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticator } from '../access/authenticator.js';
import { PurpgateError } from '../errors.js';
import type { Caller, Scope } from '../types.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a key needs for the route. A route that says nothing cannot be registered. */
    access?: Scope | 'public';
  }
  interface FastifyRequest {
    /** Null on public routes. */
    caller: Caller | null;
  }
}

/** Everything below is public: a plug-in registers these routes, and cannot say so. */
export const DOCS_PATH = '/docs';

export function installAuthentication(app: FastifyInstance, authenticator: Authenticator): void {
  app.decorateRequest('caller', null);
  app.addHook('onRoute', (route) => {
    if (route.url === DOCS_PATH || route.url.startsWith(`${DOCS_PATH}/`))
      route.config = { ...route.config, access: 'public' };
    if (route.config?.access === undefined)
      throw new Error(`${String(route.method)} ${route.url} does not say who may call it`);
  });
  // Before the body is read: who has no key cannot make us parse 32 MiB.
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw new PurpgateError('route_not_found');
    const { access } = request.routeOptions.config;
    if (access === 'public') return;
    // Gone already, and with it the address that a failed login would be counted for.
    if (request.socket.remoteAddress === undefined) throw new PurpgateError('request_aborted');
    const caller = await authenticator.authenticate({ key: presentedKey(request), address: normalizeIP(request.ip) });
    if (access === undefined || !caller.scopes.has(access))
      throw new PurpgateError('insufficient_scope', {
        publicMessage: `This API key has no scope \`${access ?? 'unknown'}\`, which this route needs.`,
      });
    request.caller = caller;
  });
}

/** `Authorization: Bearer`, or `x-api-key` as Anthropic's clients send it. */
function presentedKey(request: FastifyRequest): string | null {
  const bearer = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  const header = request.headers['x-api-key'];
  return bearer ?? (typeof header === 'string' ? header : null);
}

/** The caller of a route that needs a key. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new PurpgateError('internal_error', { message: 'the route has no caller' });
  return request.caller;
}

/** Consent belongs to the key; the header may only narrow it. @throws PurpgateError `invalid_request`. */
export function narrowConsent(caller: Caller, header: string | string[] | undefined): Caller {
  if (header === undefined) return caller;
  if (header === 'deny') return { ...caller, consent: 'deny' };
  throw new PurpgateError('invalid_request', {
    publicMessage: 'x-purpgate-training: its only value is deny, since consent to training belongs to the key.',
    param: 'x-purpgate-training',
  });
}
