import type { Config } from '@im/config';
import type { Logger, Sealer, Store } from '@im/domain';
import { messageOf } from '@im/domain';
import { openStore } from '@im/persistence';
import { StartError } from './start-error.js';

/**
 * Opens the database, brought up to date, and makes sure that it can be read with the keys of this process.
 * @throws StartError with exit code 2 when the database cannot be used (spec: lifecycle.md 18)
 */
export async function openData(config: Config, sealer: Sealer, logger: Logger): Promise<Store> {
  try {
    const store = await openStore({ url: config.DATA_DB, sealer, logger });
    await store.ping();
    await checkKey(store);
    return store;
  } catch (cause) {
    if (cause instanceof StartError) {
      throw cause;
    }
    throw new StartError(`Error connecting with the DB!!. ${messageOf(cause)}`, 2, { cause });
  }
}

/** Data that cannot be opened are noticed now, not by a user whose list is empty. */
async function checkKey(store: Store): Promise<void> {
  const [newest] = await store.infrastructureIds({});
  if (newest === undefined) {
    return;
  }
  try {
    await store.infrastructure(newest);
  } catch (cause) {
    await store.close();
    throw new StartError(messageOf(cause), 2, { cause });
  }
}
