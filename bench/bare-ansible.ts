import type { Radl } from '@im/radl';
import Docker from 'dockerode';
import { run } from '../test/machines/run.js';
import { median } from './figure.js';

const runs = 2;
const folder = '/root/bare';

interface Machine {
  containerId: string;
  hostName: string;
  system: string;
  /** As the first machine reaches it. */
  address: string;
}

/**
 * Seconds of a plain `ansible-playbook` over the recipes of a document, started by hand on the first machine, with a key and an inventory
 * of its own. The machines are configured already, so it finds nothing left to change, which is the quickest it can be.
 */
export async function bareAnsibleSeconds(
  socketPath: string,
  infrastructureId: string,
  radl: Radl,
): Promise<number> {
  const machines = await machinesOf(socketPath, infrastructureId, radl);
  const [master] = machines;
  if (master === undefined) {
    throw new Error('The infrastructure has no container.');
  }
  const execute = (machine: Machine, script: string): Promise<string> =>
    run('docker', ['-H', `unix://${socketPath}`, 'exec', machine.containerId, 'sh', '-ec', script]);
  const key = await execute(
    master,
    `mkdir -p ${folder}; test -f ${folder}/key || ssh-keygen -q -t ed25519 -N '' -f ${folder}/key; cat ${folder}/key.pub`,
  );
  for (const machine of machines) {
    await execute(machine, `mkdir -p /root/.ssh; echo '${key.trim()}' >> /root/.ssh/authorized_keys`);
  }
  await execute(master, writeFile('inventory', inventory(machines, infrastructureId)));
  await execute(master, writeFile('playbook.yml', playbook(radl)));
  await execute(master, writeFile('ansible.cfg', '[ssh_connection]\npipelining = True\n'));
  const seconds: number[] = [];
  for (let n = 0; n < runs; n++) {
    const output = await execute(
      master,
      [
        `cd ${folder}; export ANSIBLE_HOST_KEY_CHECKING=False LC_ALL=C.UTF-8 HOME=/root`,
        'start=$(date +%s%N)',
        'ansible-playbook -i inventory playbook.yml 1>&2',
        'echo "took $(( ($(date +%s%N) - start) / 1000000 )) ms"',
        'rm -rf /root/.ansible/cp',
      ].join('\n'),
    );
    seconds.push(Number(/took (\d+) ms/.exec(output)?.[1]) / 1000);
  }
  return median(seconds);
}

/** In the order of their VM numbers; the first one is the master. */
async function machinesOf(socketPath: string, infrastructureId: string, radl: Radl): Promise<Machine[]> {
  const docker = new Docker({ socketPath });
  const systems = radl.deploys.flatMap((deploy) => Array<string>(deploy.vmNumber).fill(deploy.system));
  const listed = await docker.listContainers({ filters: { label: [`im.inf_id=${infrastructureId}`] } });
  const inspected = await Promise.all(listed.map(({ Id }) => docker.getContainer(Id).inspect()));
  inspected.sort((a, b) => a.Name.localeCompare(b.Name, 'en', { numeric: true }));
  const masterNetworks = inspected[0]?.NetworkSettings.Networks ?? {};
  return inspected.map((container, index) => {
    const shared = Object.entries(container.NetworkSettings.Networks).find(
      ([name]) => name in masterNetworks,
    );
    return {
      containerId: container.Id,
      hostName: container.Config.Hostname,
      system: systems[index] ?? '',
      address: index === 0 ? '127.0.0.1' : (shared?.[1].IPAddress ?? ''),
    };
  });
}

function inventory(machines: readonly Machine[], infrastructureId: string): string {
  const groups = new Set(machines.map((machine) => machine.system));
  return [
    ...[...groups].flatMap((group) => [
      `[${group}]`,
      ...machines
        .filter((machine) => machine.system === group)
        .map(
          ({ hostName, address }) =>
            `${hostName} ansible_host=${address} IM_NODE_HOSTNAME=${hostName} IM_NODE_PRIVATE_IP=${address}`,
        ),
    ]),
    '[all:vars]',
    'ansible_user=root',
    `ansible_ssh_private_key_file=${folder}/key`,
    `IM_INFRASTRUCTURE_ID=${infrastructureId}`,
    '',
  ].join('\n');
}

/** The recipes in the order of the document, each for the machines of its system. */
function playbook(radl: Radl): string {
  const items =
    radl.contextualize === undefined
      ? radl.systems.map(({ id }) => ({ system: id, configure: id, step: 1 }))
      : [...radl.contextualize.items].sort((a, b) => a.step - b.step);
  const plays = items.map(({ system, configure }) => {
    const recipe = radl.configures.find(({ id }) => id === configure)?.recipe ?? '';
    return recipe.replace(/^---\s*$/m, '').replace(/^- tasks:/gm, `- hosts: ${system}\n  tasks:`);
  });
  return ['---', ...plays].join('\n');
}

function writeFile(name: string, text: string): string {
  return `echo ${Buffer.from(text).toString('base64')} | base64 -d > ${folder}/${name}`;
}
