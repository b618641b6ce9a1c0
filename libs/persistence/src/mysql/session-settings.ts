/** A session that waits longer for rows or tables is told so: well before a lease ends. */
const lockWaitSeconds = 5;
/**
 * A session that goes silent inside a transaction loses it after this time: a worker that is frozen, or whose host is gone, must not
 * keep its rows from whoever takes over. MySQL only knows how to close silent sessions; the pool closes its idle ones before.
 */
const silentSeconds = 10;

const isolation = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED';

/**
 * Makes every session behave alike, whatever the defaults of its server. READ COMMITTED: a transaction locks the row of its
 * infrastructure first and then reads what is committed, which REPEATABLE READ would not show it; and no gaps are locked.
 * The comments are read by one family alone: `M!` by MariaDB, `!80000` by MySQL.
 * @param statementMs what a statement may take; the server gives it up a little earlier, so that it does not go on unseen
 */
export function sessionSettings(statementMs: number): readonly string[] {
  const serverMs = Math.max(100, Math.round(statementMs * 0.8));
  return [
    isolation,
    `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION',
       innodb_lock_wait_timeout = ${lockWaitSeconds}, lock_wait_timeout = ${lockWaitSeconds}
       /*M! , max_statement_time = ${serverMs / 1000}, idle_transaction_timeout = ${silentSeconds} */
       /*!80000 , max_execution_time = ${serverMs}, wait_timeout = ${silentSeconds} */`,
  ];
}

/** Migrations may take long, and wait longer for those who use the tables. */
export const migrationSettings: readonly string[] = [
  isolation,
  `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', lock_wait_timeout = 60
     /*M! , max_statement_time = 0 */ /*!80000 , max_execution_time = 0 */`,
];
