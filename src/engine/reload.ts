/** Reads `ENGINES_FILE` again while purpgate serves, and tells by a hash how what serves now is configured. */
import { createHash } from 'node:crypto';
import type { Config } from '../config.js';
import type { Logger } from '../telemetry.js';
import type { Engines } from './build.js';
import type { ReloadedPools } from './upstream/pooled.js';

export interface ReloadedEngines extends ReloadedPools {
  /** As it stands on interactions from now on. */
  readonly configHash: string;
}

interface ReloadParts {
  readonly config: Config;
  readonly engines: Engines;
  /** Of the guard. */
  readonly policyHash: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export function createReload(parts: ReloadParts): {
  /** @throws PurpgateError as `Engines.reload`; then nothing has changed. */
  readonly reload: (actor: string) => Promise<ReloadedEngines>;
  readonly configHash: () => string;
} {
  const { engines, logger, signal } = parts;
  let last = { pools: engines.pools, hash: hashConfig(parts) };
  const configHash = (): string => {
    if (last.pools !== engines.pools) last = { pools: engines.pools, hash: hashConfig(parts) };
    return last.hash;
  };
  const reload = async (actor: string): Promise<ReloadedEngines> => {
    try {
      const reloaded = { ...(await engines.reload(signal)), configHash: configHash() };
      logger.info({ actor, ...reloaded }, 'ENGINES_FILE was read again');
      return reloaded;
    } catch (error) {
      logger.error({ actor, error }, 'ENGINES_FILE could not be read again; what served before goes on');
      throw error;
    }
  };
  return { reload, configHash };
}

/** Stands on every interaction, so that what was served can be told from how it was configured. Secrets are left out. */
function hashConfig({ config, engines, policyHash }: ReloadParts): string {
  const pools = engines.pools.map((pool) => ({ ...pool, apiKey: null }));
  const hidden = { databaseUrl: null, upstreamApiKey: null, kafkaSaslPassword: null, judgeApiKey: null };
  const shown = { ...config, ...hidden, engines: pools, policyHash };
  return createHash('sha256').update(JSON.stringify(shown)).digest('hex').slice(0, 16);
}
