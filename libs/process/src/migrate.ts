import type { Config } from '@im/config';
import type { Logger } from '@im/domain';
import { dataPlace, prepareData } from './data-place.js';
import { openData } from './open-data.js';
import { openSealer } from './open-sealer.js';

/** Brings the database up to date, as every start does, and ends. @throws StartError when it cannot */
export async function migrate(config: Config, logger: Logger): Promise<void> {
  const place = dataPlace(config.DATA_DB);
  if (place.sqliteFile !== null) {
    prepareData(config.DATA_DIR, place);
  }
  const store = await openData(config, openSealer(config), logger);
  await store.close();
  logger.info('The database is up to date', { data: place.description });
}
