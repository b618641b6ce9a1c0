import type { Config } from '@im/config';
import type { Logger } from '@im/domain';
import { messageOf } from '@im/domain';
import { migrateDatabase } from '@im/persistence';
import { dataPlace, prepareData } from './data-place.js';
import { StartError } from './start-error.js';

/**
 * Brings the database up to date, as every start does, and ends. Needs no encryption key.
 * @throws StartError with exit code 2 when the database cannot be used
 */
export async function migrate(config: Config, logger: Logger): Promise<void> {
  const place = dataPlace(config.DATA_DB);
  if (place.sqliteFile !== null) {
    prepareData(config.DATA_DIR, place);
  }
  try {
    await migrateDatabase({ url: config.DATA_DB, logger });
  } catch (cause) {
    throw new StartError(`Error connecting with the DB!!. ${messageOf(cause)}`, 2, { cause });
  }
  logger.info('The database is up to date', { data: place.description });
}
