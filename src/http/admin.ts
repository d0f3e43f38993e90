/** The admin listener: metrics, keys and versions. Builds it and does not listen. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { KeyRecord, KeyStore, NewKey } from '../access/keys.js';
import { PurpgateError } from '../errors.js';
import type { CreateKeyRequest, KeyObject, VersionList } from '../protocol/wire.js';
import type { Metrics } from '../telemetry.js';
import type { Version } from '../types.js';
import { buildBaseApp, type BaseAppOptions } from './base-app.js';
import { readContract } from './contract.js';
import { createHealthHandlers, type HealthCheck } from './health.js';
import { registerAdminRoutes } from './routes.js';

interface AdminAppOptions extends BaseAppOptions {
  readonly keys: KeyStore;
  readonly versions: () => Promise<readonly Version[]>;
  readonly health: readonly HealthCheck[];
}

export async function buildAdminApp(options: AdminAppOptions): Promise<FastifyInstance> {
  const { app, isDraining } = await buildBaseApp(options, readContract());
  registerAdminRoutes(app, {
    admin: createAdminHandlers(options),
    health: createHealthHandlers(options.health, isDraining),
  });
  return app;
}

interface AdminParts {
  readonly keys: KeyStore;
  readonly versions: () => Promise<readonly Version[]>;
  readonly metrics: Metrics;
}

export function createAdminHandlers({ keys, versions, metrics }: AdminParts) {
  return {
    metrics: async (_: FastifyRequest, reply: FastifyReply): Promise<string> => {
      reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    },
    listKeys: async () => ({ data: (await keys.list()).map(toKeyObject) }),
    createKey: async (request: FastifyRequest<{ Body: CreateKeyRequest }>, reply: FastifyReply) => {
      reply.code(201);
      return keys.create(toNewKey(request.body));
    },
    revokeKey: async (request: FastifyRequest<{ Params: { id: string } }>) => {
      const { id } = request.params;
      if (!(await keys.revoke(id))) throw new PurpgateError('key_not_found', { param: 'id' });
      return { id, revoked: true };
    },
    listVersions: async (): Promise<VersionList> => ({ data: (await versions()).map(toVersionObject) }),
  };
}

function toNewKey(body: CreateKeyRequest): NewKey {
  return {
    tenant: body.tenant,
    name: body.name,
    training: body.training,
    scopes: body.scopes ?? ['inference', 'feedback'],
    expiresAt: parseExpiry(body.expires_at),
    requestsPerMinute: body.requests_per_minute ?? null,
    honourStoreFalse: body.honour_store_false ?? false,
  };
}

/** ISO 8601 with a time zone, since a time without one means another moment on each server. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

function parseExpiry(text: string | null | undefined): Date | null {
  if (text === undefined || text === null) return null;
  const time = ISO_TIME.test(text) ? new Date(text) : null;
  if (time === null || Number.isNaN(time.getTime()) || time.getTime() <= Date.now())
    throw new PurpgateError('invalid_request', {
      publicMessage: 'expires_at: must be a time in the future, such as 2027-01-31T00:00:00Z',
      param: 'expires_at',
    });
  return time;
}

function toKeyObject(key: KeyRecord): KeyObject {
  return {
    id: key.id,
    tenant: key.tenant,
    name: key.name,
    training: key.training,
    scopes: [...key.scopes],
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    requests_per_minute: key.requestsPerMinute,
    honour_store_false: key.honourStoreFalse,
  };
}

function toVersionObject(version: Version): VersionList['data'][number] {
  const { name, state, sha256, parent, pool, createdAt } = version;
  return { name, state, sha256, parent, pool, created_at: createdAt.toISOString() };
}
