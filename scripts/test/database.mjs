import { findProgram } from './installed.mjs';
import { startInstalledMariadb } from './mariadb.mjs';
import { startMariadbContainer } from './mariadb-container.mjs';
import { ensurePackages } from './system-packages.mjs';

/**
 * The MySQL or MariaDB of the tests: the one of IM_TEST_MYSQL_URL, one of this machine (quicker than a container), one in a
 * container, or one that is installed now. The other packages that the tests need are installed on the way.
 * @returns {Promise<{ url?: string, stop: () => Promise<void> }>} without a URL when there is none
 */
export async function provideMachineAndDatabase() {
  const given = process.env.IM_TEST_MYSQL_URL;
  const stop = async () => {};
  if (given !== undefined && given !== '') {
    await ensurePackages({ mariadb: false });
    return { url: given, stop };
  }
  const inContainer =
    findProgram('mariadbd', 'mysqld') === undefined ? await startMariadbContainer() : undefined;
  await ensurePackages({ mariadb: inContainer === undefined });
  const server = inContainer ?? (await startInstalledMariadb());
  if (server === undefined) {
    console.error(
      'No MySQL or MariaDB: set IM_TEST_MYSQL_URL=mysql://user:password@host/database, install mariadb-server, or start Docker.',
    );
  }
  return server ?? { stop };
}
