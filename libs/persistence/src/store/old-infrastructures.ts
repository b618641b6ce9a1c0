import type { Logger } from '@im/domain';
import { messageOf } from '@im/domain';
import type { SqlDatabase } from '../sql/connection.js';
import { number } from '../sql/row.js';

/** The one table of the Python Infrastructure Manager (spec: persistence-and-ha.md 2). */
const table = 'inf_list';

/**
 * Tells the operator of infrastructures that the Python Infrastructure Manager keeps in the same database: they are left as they are, and
 * nobody would look for them there. What cannot be counted is no reason not to start.
 */
export async function warnOfOldInfrastructures({ reads }: SqlDatabase, logger: Logger): Promise<void> {
  try {
    if ((await reads.first(reads.dialect.findTable, [table])) === null) {
      return;
    }
    const row = await reads.first(`SELECT COUNT(*) AS count FROM ${table} WHERE deleted = 0`);
    const infrastructures = row === null ? 0 : number(row, 'count');
    if (infrastructures > 0) {
      logger.warn(
        'The database has infrastructures of the Python Infrastructure Manager, which are not served here. To move one, export it with ' +
          'the old service (GET /infrastructures/<id>/data?delete=true) and import it here (PUT /infrastructures): see docs/operations.md.',
        { table, infrastructures },
      );
    }
  } catch (error) {
    logger.debug('Infrastructures of the Python Infrastructure Manager could not be counted', {
      table,
      reason: messageOf(error),
    });
  }
}
