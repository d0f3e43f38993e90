/** The admin listener: metrics, keys, versions and the reload of engines and policies. Builds it and does not listen. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { KeyRecord, KeyStore, NewKey } from '../access/keys.js';
import { PurpgateError } from '../errors.js';
import type {
  CreateKeyRequest,
  KeyObject,
  PromoteVersionRequest,
  RegisterVersionRequest,
  ReloadResult,
  RollbackVersionRequest,
  VersionList,
} from '../protocol/wire.js';
import type { Metrics } from '../telemetry.js';
import { toVersionName } from '../registry/registry.js';
import type { VersionControl } from '../release/control.js';
import type { Version } from '../types.js';
import { callerOf } from './auth.js';
import { buildBaseApp, type BaseAppOptions } from './base-app.js';
import { readContract } from './contract.js';
import { createHealthHandlers, type HealthCheck } from './health.js';
import { registerAdminRoutes } from './routes.js';

/** What serves after a reload. */
interface Reloaded {
  /** Names of pools; one whose settings changed is in both `added` and `removed`. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly kept: readonly string[];
  readonly policies: readonly string[];
  /** As it stands on interactions from now on. */
  readonly configHash: string;
}

interface AdminAppOptions extends BaseAppOptions, AdminParts {
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
  readonly versions: VersionControl;
  /** @throws PurpgateError `setting_invalid`; then nothing has changed. */
  readonly reload: (actor: string) => Promise<Reloaded>;
  readonly metrics: Metrics;
}

export function createAdminHandlers({ keys, versions, reload, metrics }: AdminParts) {
  return {
    metrics: async (_: FastifyRequest, reply: FastifyReply): Promise<string> => {
      reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    },
    listKeys: async () => ({ data: (await keys.list()).map(toKeyObject) }),
    createKey: async (request: FastifyRequest<{ Body: CreateKeyRequest }>, reply: FastifyReply) => {
      reply.code(201);
      return keys.create(toNewKey(request.body), actorOf(request));
    },
    revokeKey: async (request: FastifyRequest<{ Params: { id: string } }>) => {
      const { id } = request.params;
      if (!(await keys.revoke(id, actorOf(request)))) throw new PurpgateError('key_not_found', { param: 'id' });
      return { id, revoked: true };
    },
    reload: async (request: FastifyRequest): Promise<ReloadResult> => {
      try {
        const { added, removed, kept, policies, configHash } = await reload(actorOf(request));
        return {
          added: [...added],
          removed: [...removed],
          kept: [...kept],
          policies: [...policies],
          config_hash: configHash,
        };
      } catch (thrown) {
        // At a start it is a failure of ours; here an admin asked for it.
        if (!(thrown instanceof PurpgateError) || thrown.code !== 'setting_invalid') throw thrown;
        throw new PurpgateError('invalid_request', { publicMessage: thrown.publicMessage, cause: thrown });
      }
    },
    listVersions: async (): Promise<VersionList> => ({ data: (await versions.list()).map(toVersionObject) }),
    registerVersion: async (request: FastifyRequest<{ Body: RegisterVersionRequest }>, reply: FastifyReply) => {
      const { reason = 'registered by an admin', ...wanted } = request.body;
      const version = await versions.register({ ...wanted, actor: actorOf(request), reason });
      reply.code(201);
      return toVersionObject(version);
    },
    promoteVersion: async (
      request: FastifyRequest<{ Params: { name: string }; Body: Partial<PromoteVersionRequest> }>,
    ) => {
      const { force = false, reason = 'promoted by an admin' } = request.body;
      const name = toVersionName(request.params.name);
      return toVersionObject(await versions.promote({ name, force, actor: actorOf(request), reason }));
    },
    rollbackVersion: async (request: FastifyRequest<{ Params: { name: string }; Body: RollbackVersionRequest }>) => {
      const { to, reason = 'rolled back by an admin' } = request.body;
      const target = to === undefined ? {} : { to: toVersionName(to) };
      const name = toVersionName(request.params.name);
      return toVersionObject(await versions.rollback({ name, ...target, actor: actorOf(request), reason }));
    },
  };
}

/** As it stands in a version's history and in the audit trail. */
const actorOf = (request: FastifyRequest): string => `key ${callerOf(request).keyId}`;

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
