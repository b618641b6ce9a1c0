import { existsSync } from 'node:fs';
import { createSealer, loadOrCreateKeys } from '@im/auth';
import type { Config } from '@im/config';
import type { Sealer } from '@im/domain';
import { messageOf } from '@im/domain';
import { StartError } from './start-error.js';

/**
 * Seals secrets with the keys of the configuration.
 * @param shared other processes must have the same key, so none is made up
 * @throws StartError when the key cannot be used
 */
export function openSealer(config: Config, { shared = false }: { shared?: boolean } = {}): Sealer {
  if (shared && config.ENCRYPTION_KEY === '' && !existsSync(config.ENCRYPTION_KEY_FILE)) {
    throw new StartError(
      'All processes of a cluster need the same key: set IM_ENCRYPTION_KEY, or put one (openssl rand -base64 32) into ' +
        `the file ${config.ENCRYPTION_KEY_FILE} of each.`,
    );
  }
  try {
    return createSealer(loadOrCreateKeys(config.ENCRYPTION_KEY, config.ENCRYPTION_KEY_FILE));
  } catch (cause) {
    throw new StartError(messageOf(cause), 1, { cause });
  }
}
