/** What an admin may do about versions, over HTTP. */
import type { Database } from '../db.js';
import { PurpgateError } from '../errors.js';
import type { Audit, PromotionRequest, Registry, RollbackRequest } from '../registry/registry.js';
import type { Version, VersionName } from '../types.js';
import { promoteVersion } from './controller.js';

export interface RegistrationRequest extends Audit {
  /** Below the operator's folder of adapters. */
  readonly folder: string;
  /** Hex, of the adapter's file as it was delivered. */
  readonly sha256: string;
  /** Version that it was trained on. */
  readonly base: string;
}

export interface VersionControl {
  list(): Promise<readonly Version[]>;
  /** Makes a candidate, which the gate judges like any other. @throws PurpgateError `invalid_request`, `overloaded`. */
  register(request: RegistrationRequest): Promise<Version>;
  /** @throws PurpgateError `model_not_found` or `invalid_request`. */
  promote(request: PromotionRequest & { readonly force: boolean }): Promise<Version>;
  /** Resolves with the version that is live then. @throws as `promote`. */
  rollback(request: RollbackRequest): Promise<Version>;
}

/** Where adapters that were trained elsewhere come from. */
export interface AdapterSource {
  /** Version and folder of the model that they must have been trained on. */
  readonly base: VersionName;
  readonly model: string;
  /** Which they are to serve. */
  readonly pool: string;
  /** Checks and copies. @throws PurpgateError `invalid_request`, which says what does not fit. */
  fetch(
    request: Pick<RegistrationRequest, 'folder' | 'sha256'>,
  ): Promise<Pick<Version, 'sha256'> & { adapter: string }>;
}

interface ControlParts {
  readonly database: Database;
  readonly registry: Registry;
  /** Null: no adapter can be registered here. */
  readonly adapters: AdapterSource | null;
}

export function createVersionControl({ database, registry, adapters }: ControlParts): VersionControl {
  return {
    list: () => registry.list(),
    register: async ({ folder, sha256, base, actor, reason }) => {
      if (adapters === null)
        throw new PurpgateError('invalid_request', {
          publicMessage:
            'No adapter can be registered here: it takes the embedded engine, and ADAPTERS_FOLDER on the server.',
        });
      if (base !== adapters.base)
        throw new PurpgateError('invalid_request', {
          publicMessage: `base: adapters are served on ${adapters.base} here`,
          param: 'base',
        });
      const fetched = await adapters.fetch({ folder, sha256 });
      const { model, pool } = adapters;
      return registry.register(
        { sha256: fetched.sha256, adapter: fetched.adapter, base: model, parent: adapters.base, pool },
        { actor, reason: `${reason} (adapter ${folder}, delivered with SHA-256 ${sha256})` },
      );
    },
    promote: (request) => promoteVersion({ database, registry }, request),
    rollback: (request) => registry.rollback(request),
  };
}
