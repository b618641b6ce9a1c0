import { runConformance } from '../kubernetes/conformance.mjs';
import { Load } from '../kubernetes/load.mjs';
import { ServiceClient } from '../kubernetes/service-client.mjs';

const CLIENTS = 6;

/** What an operator does, in this order. Each takes a deployment and gives figures as a sentence; it throws what went wrong. */
export const STEPS = {
  start: async (deployment) => {
    await deployment.up();
    await deployment.healthy({ haproxy: 1, api: 2, worker: 2, mysql: 1, redis: 1 });
    return `${(await deployment.ids()).length} containers are healthy`;
  },

  conformance: async (deployment) => {
    const result = await runConformance(deployment.url);
    if (result === undefined) {
      return 'left out: the suite is not beside the project';
    }
    if (result.failed.length > 0 || result.passed < 300) {
      throw new Error(`${result.passed} passed, these failed:\n${result.failed.join('\n')}`);
    }
    return `${result.passed} cases passed`;
  },

  rights: async (deployment) => {
    const shown = await deployment.docker('inspect', ...(await deployment.ids('api', 'worker', 'haproxy')));
    const containers = JSON.parse(shown);
    const wrong = containers.filter(
      ({ Config, HostConfig }) =>
        ['', '0', 'root'].includes(Config.User.split(':')[0]) ||
        !HostConfig.ReadonlyRootfs ||
        !HostConfig.CapDrop.includes('ALL'),
    );
    if (wrong.length > 0) {
      throw new Error(`These may do too much: ${wrong.map(({ Name }) => Name).join(', ')}`);
    }
    return `${containers.length} containers have no root, no capability and a read-only root file system`;
  },

  scale: (deployment) =>
    underLoad(deployment, async () => {
      await deployment.up('--scale', 'api=4', '--scale', 'worker=4');
      await deployment.healthy({ api: 4, worker: 4 });
      await deployment.up('--scale', 'api=2', '--scale', 'worker=2');
      await deployment.healthy({ api: 2, worker: 2 });
    }),

  upgrade: (deployment) =>
    underLoad(deployment, async () => {
      // As docs/docker-compose.md says.
      const old = await deployment.ids('api', 'worker');
      await deployment.up('--no-recreate', '--scale', 'worker=4', 'worker');
      await deployment.up('--no-recreate', '--scale', 'api=4', 'api');
      await deployment.healthy({ api: 4, worker: 4 });
      await deployment.docker('stop', ...old);
      await deployment.docker('rm', ...old);
      const begun = await deployment.ids('api', 'worker');
      await deployment.up();
      if ((await deployment.ids('api', 'worker')).sort().join() !== begun.sort().join()) {
        throw new Error('The next "up" began other containers than those of the upgrade.');
      }
    }),

  deaths: async (deployment) => {
    const user = new ServiceClient(deployment.url);
    const kept = await user.create(3);
    await user.becomes(kept, 'configured');
    await deployment.do('kill', '--signal', 'SIGKILL', 'worker', 'redis');
    const accepted = await user.create(3, { asynchronous: true });
    await deployment.up();
    await user.becomes(accepted, 'configured');
    await deployment.do('kill', '--signal', 'SIGKILL', 'mysql', 'api');
    await deployment.up();
    await deployment.healthy({ api: 2, worker: 2, mysql: 1, redis: 1 });
    await user.becomes(kept, 'configured');
    await deployment.do('down');
    await deployment.up();
    await deployment.healthy({ haproxy: 1, api: 2, worker: 2 });
    for (const path of [kept, accepted]) {
      await user.becomes(path, 'configured');
      await user.destroy(path);
    }
    return 'what was asked for while nobody worked was done, and both infrastructures outlived their database';
  },

  end: async (deployment) => {
    await deployment.do('down', '--volumes');
    const remains = await deployment.remains();
    if (remains.length > 0) {
      throw new Error(`Docker still has ${remains.join(', ')}.`);
    }
    return 'nothing is left';
  },
};

/** Does something while clients create, read and destroy. @throws Error when a request failed */
async function underLoad(deployment, work) {
  const load = new Load(deployment.url, CLIENTS);
  try {
    await work();
  } finally {
    await load.stop();
  }
  if (load.failures.length > 0) {
    throw new Error(load.failures.slice(0, 10).join('\n'));
  }
  return load.stop();
}
