import { run } from '../setup/run.mjs';
import { findProgram } from './installed.mjs';

const IMAGE = 'mariadb:10.11';
const PORT = 3306;

/**
 * Starts a MariaDB in a container, when a Docker Engine answers and has or gets the image.
 * @returns {Promise<import('./mariadb.mjs').Server | undefined>}
 */
export async function startMariadbContainer() {
  if (!(await imageIsThere())) {
    return undefined;
  }
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ MARIADB_ROOT_PASSWORD: 'im-test', MARIADB_DATABASE: 'im_test' })
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forLogMessage(/ready for connections/, 2))
    .start();
  const address = `${container.getHost()}:${container.getMappedPort(PORT)}`;
  return {
    url: `mysql://root:im-test@${address}/im_test`,
    stop: async () => {
      await container.stop();
    },
  };
}

async function imageIsThere() {
  const docker = findProgram('docker');
  if (docker === undefined || (await run([docker, 'info'], { collect: true })).code !== 0) {
    return false;
  }
  const present = await run([docker, 'image', 'inspect', IMAGE], { collect: true });
  return present.code === 0 || (await run([docker, 'pull', '-q', IMAGE], { collect: true })).code === 0;
}
