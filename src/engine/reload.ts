/** Reads `ENGINES_FILE` and `POLICIES_FILE` again while purpgate serves, and tells by a hash how what serves now is configured. */
import { createHash } from 'node:crypto';
import type { Config } from '../config.js';
import type { Logger } from '../telemetry.js';
import type { Engines } from './build.js';
import { nothingToReload, type ReloadedPools } from './upstream/pooled.js';

export interface Reloaded extends ReloadedPools {
  /** Names of the guard's policies. */
  readonly policies: readonly string[];
  /** As it stands on interactions from now on. */
  readonly configHash: string;
}

/** The guard's. */
interface ReloadedPolicies {
  readonly hash: string;
  /** `commit` cannot fail. @throws PurpgateError `setting_invalid`. */
  prepare(): { readonly commit: () => readonly string[] };
}

interface ReloadParts {
  readonly config: Config;
  readonly engines: Engines;
  readonly policies: ReloadedPolicies;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export function createReload(parts: ReloadParts): {
  /** Both files or neither. @throws PurpgateError as `Engines.reload`, or `setting_invalid`; then nothing has changed. */
  readonly reload: (actor: string) => Promise<Reloaded>;
  readonly configHash: () => string;
} {
  const { config, engines, policies, logger, signal } = parts;
  const now = () => ({ pools: engines.pools, policies: policies.hash, hash: hashConfig(parts) });
  let last = now();
  const configHash = (): string => {
    if (last.pools !== engines.pools || last.policies !== policies.hash) last = now();
    return last.hash;
  };
  const reload = async (actor: string): Promise<Reloaded> => {
    try {
      if (config.enginesFile === null && config.policiesFile === null) throw nothingToReload();
      const prepared = policies.prepare();
      const pools = config.enginesFile === null ? NO_POOLS : await engines.reload(signal);
      const reloaded = { ...pools, policies: prepared.commit(), configHash: configHash() };
      logger.info({ actor, ...reloaded }, 'the engines and policies were read again');
      return reloaded;
    } catch (error) {
      logger.error({ actor, error }, 'engines and policies could not be read again; what served before goes on');
      throw error;
    }
  };
  return { reload, configHash };
}

const NO_POOLS: ReloadedPools = { added: [], removed: [], kept: [] };

/** Stands on every interaction, so that what was served can be told from how it was configured. Secrets are left out. */
function hashConfig({ config, engines, policies }: ReloadParts): string {
  const pools = engines.pools.map((pool) => ({ ...pool, apiKey: null }));
  const hidden = { databaseUrl: null, upstreamApiKey: null, kafkaSaslPassword: null, judgeApiKey: null };
  const shown = { ...config, ...hidden, engines: pools, policies: policies.hash };
  return createHash('sha256').update(JSON.stringify(shown)).digest('hex').slice(0, 16);
}
