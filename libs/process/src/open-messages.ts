import type { Config } from '@im/config';
import type { Logger } from '@im/domain';
import { messageOf } from '@im/domain';
import { processTimers } from '@im/jobs';
import type { ClusterMessages } from '@im/jobs/redis';
import { dataPlace } from './data-place.js';
import { StartError } from './start-error.js';

/**
 * Connects one process of a cluster with the others; does not wait for Redis.
 * @param part `api` or `worker`
 * @throws StartError when REDIS_URL cannot be understood, or the database cannot be shared
 */
export async function openMessages(
  config: Config,
  part: 'api' | 'worker',
  logger: Logger,
): Promise<ClusterMessages> {
  if (dataPlace(config.DATA_DB).sqliteFile !== null) {
    throw new StartError(
      'Several processes cannot share a SQLite file: set IM_DATA_DB to a mysql:// URL, or start the service as one process (npm start).',
    );
  }
  // Loaded only here: a process without Redis has no use for its megabytes.
  const { openClusterMessages } = await import('@im/jobs/redis');
  try {
    return openClusterMessages(
      {
        url: config.REDIS_URL,
        prefix: config.REDIS_PREFIX,
        name: `im-${part}`,
        works: part === 'worker',
        limits: {
          maxCalls: config.PROVIDER_MAX_CALLS,
          callsPerSecond: config.PROVIDER_CALLS_PER_SECOND,
          placeMs: config.LAUNCH_TIMEOUT * 1000,
        },
      },
      processTimers,
      logger,
    );
  } catch (cause) {
    throw new StartError(`IM_REDIS_URL: ${messageOf(cause)}`, 1, { cause });
  }
}
