import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { ContractInfrastructure, openCloud } from '@im/connectors/contract';
import type { CloudError, Connector } from '@im/domain';
import type { FeatureSet } from '@im/radl';
import Docker from 'dockerode';
import { afterEach, describe, expect, it } from 'vitest';
import { engineSocket } from './engine-socket.js';
import type { SshTarget } from './ssh-login.js';
import { outputOf, sshTarget } from './ssh-login.js';

const socketPath = engineSocket();
const docker = new Docker({ socketPath });
const infrastructures: ContractInfrastructure[] = [];

function open(options: { allowHostAccess?: boolean } = {}): Connector {
  return openCloud({ id: 'docker', type: 'Docker', host: `unix://${socketPath}` }, options);
}

function deploy(networks: string, system: string, connector = open()): ContractInfrastructure {
  const infrastructure = new ContractInfrastructure(
    connector,
    `${networks}
    system machine (
      cpu.count = 0.5 and memory.size = 256M and
      disk.0.image.url = 'docker://im-test:1' ${system}
    )`,
  );
  infrastructures.push(infrastructure);
  return infrastructure;
}

async function failureOf(promise: Promise<unknown>): Promise<CloudError> {
  return promise.then(
    () => {
      throw new Error('The call succeeded.');
    },
    (error: unknown) => error as CloudError,
  );
}

afterEach(async () => {
  for (const infrastructure of infrastructures.splice(0)) {
    await infrastructure.destroy();
  }
});

describe.skipIf(socketPath === '')('containers as machines', () => {
  it('let root in with the key that was made for them, through the published port and from the host', async () => {
    const infrastructure = deploy(
      "network pub (outbound = 'yes' and outports = '8080,9000:9001/udp') network priv ()",
      "and net_interface.0.connection = 'pub' and net_interface.1.connection = 'priv'",
    );

    const vm = await infrastructure.launch();

    expect(vm.info.systems[0]?.features.has('disk.0.os.credentials.password')).toBe(false);
    expect(vm.info.networks[0]?.features.getText('outports')).toMatch(
      /^\d{5}\/tcp-22\/tcp,8080\/tcp-8080\/tcp,9000:9001\/udp$/u,
    );
    expect(await outputOf(sshTarget(vm.info, 0), 'whoami; hostname')).toBe('root\nvnode-0\n');
    expect(await outputOf(sshTarget(vm.info, 1), 'python3 -c "print(6*7)"')).toBe('42\n');
  });

  it('are limited in CPU and memory, and carry the labels of their infrastructure', async () => {
    const infrastructure = deploy('', "and instance_tags = 'team=a=b, stage = test'");
    const connector = open();

    const vm = await infrastructure.launch();
    const before = await docker.getContainer(vm.providerId ?? '').inspect();
    await connector.alter(infrastructure.scope, vm, {
      ...infrastructure.system,
      features: alteredTo(infrastructure, 0.25, 300),
    });
    const after = await docker.getContainer(vm.providerId ?? '').inspect();

    expect(before.Name).toBe(`/im-${infrastructure.id}-0`);
    expect(before.HostConfig.NanoCpus).toBe(500_000_000);
    expect(before.HostConfig.Memory).toBe(256_000_000);
    expect(before.HostConfig.Privileged).toBe(false);
    expect(before.Config.Labels).toMatchObject({
      'im.inf_id': infrastructure.id,
      'im.im_id': '0',
      'im.token': vm.launchToken,
      team: 'a=b',
      stage: 'test',
      'im-contract': 'yes',
    });
    expect(after.HostConfig.NanoCpus).toBe(250_000_000);
    expect(after.HostConfig.Memory).toBe(300_000_000);
  });

  it('can be logged in to after stop, start and reboot, under the port of the moment', async () => {
    const infrastructure = deploy("network pub (outbound = 'yes')", "and net_interface.0.connection = 'pub'");
    const connector = open();
    const vm = await infrastructure.launch();
    const hostKey = await outputOf(
      sshTarget(vm.info, 0),
      'cat /etc/ssh/ssh_host_rsa_key.pub; touch /root/mark',
    );

    await connector.stop(infrastructure.scope, vm);
    await connector.start(infrastructure.scope, vm);
    await infrastructure.refresh();
    const started = await outputOf(sshTarget(vm.info, 0), 'cat /etc/ssh/ssh_host_rsa_key.pub; ls /root');
    await connector.reboot(infrastructure.scope, vm);
    await infrastructure.refresh();

    expect(started).toBe(`${hostKey}mark\n`);
    expect(await outputOf(sshTarget(vm.info, 0), 'echo up')).toBe('up\n');
  });

  it('of a private network know each other by name', async () => {
    const infrastructure = deploy(
      'network priv ()',
      "and net_interface.0.connection = 'priv' and net_interface.0.dns_name = 'node#N#.example.org'",
    );

    const vms = [await infrastructure.launch(), await infrastructure.launch()];

    const [first, second] = vms.map((vm) => vm.info.systems[0]?.features.getText('net_interface.0.ip'));
    const resolved = await outputOf(
      { ...sshTarget(vms[0]?.info ?? fail(), 0), port: 22 },
      'getent hosts node1 node1.example.org node0.example.org; hostname -f',
    );
    expect(resolved).toContain(`${second}`);
    expect(resolved).toContain(`${first}`);
    expect(resolved).toMatch(/node0\.example\.org\n$/u);
    expect(vms[0]?.info.networks[0]?.features.has('outports')).toBe(false);
  });

  it('take the key that the user gave', async () => {
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'sec1', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const infrastructure = deploy(
      "network pub (outbound = 'yes')",
      `and net_interface.0.connection = 'pub' and disk.0.os.credentials.private_key = '${privateKey}'`,
    );

    const vm = await infrastructure.launch();

    expect(await outputOf({ ...sshTarget(vm.info, 0), privateKey }, 'whoami')).toBe('root\n');
  });

  it('take the password that the user gave, keep a changed one over a restart, and tell neither', async () => {
    const infrastructure = deploy(
      "network pub (outbound = 'yes')",
      `and net_interface.0.connection = 'pub' and disk.0.os.credentials.password = 'first-secret'`,
    );
    const connector = open();
    const vm = await infrastructure.launch();
    const withPassword = (password: string): SshTarget => {
      const { privateKey: _key, ...target } = sshTarget(vm.info, 0);
      return { ...target, password };
    };

    expect(
      await outputOf(withPassword('first-secret'), "echo 'root:second-secret' | chpasswd; echo ok"),
    ).toBe('ok\n');
    await connector.reboot(infrastructure.scope, vm);
    await infrastructure.refresh();

    expect(
      await outputOf(withPassword('second-secret'), 'ls /etc/im-root-password 2>/dev/null; whoami'),
    ).toBe('root\n');
    const inspected = JSON.stringify(await docker.getContainer(vm.providerId ?? '').inspect());
    expect(inspected).not.toContain('secret');
  });

  it('have volumes of their own, and share those that have a name', async () => {
    const infrastructure = deploy(
      '',
      "and disk.1.mount_path = 'own' and disk.2.mount_path = '/shared' and disk.2.device = 'contract-shared'",
    );

    const vms = [await infrastructure.launch(), await infrastructure.launch()];

    const mounts = await Promise.all(
      vms.map(async (vm) =>
        (await docker.getContainer(vm.providerId ?? '').inspect()).Mounts.map(({ Name, Destination }) => [
          Name,
          Destination,
        ]).sort(),
      ),
    );
    expect(mounts).toEqual([
      [
        ['contract-shared', '/shared'],
        [`im-${vms[0]?.launchToken}-1`, '/own'],
      ],
      [
        ['contract-shared', '/shared'],
        [`im-${vms[1]?.launchToken}-1`, '/own'],
      ],
    ]);
  });

  it('have failed, with the reason, when no SSH server can be installed', async () => {
    const builder = await docker.createContainer({
      Image: 'im-test:1',
      Cmd: ['rm', '-f', '/usr/sbin/sshd', '/usr/bin/apt-get'],
    });
    await builder.start();
    await builder.wait();
    await builder.commit({ repo: 'im-without-ssh', tag: '1' });
    await builder.remove();
    const infrastructure = deploy('', '');
    infrastructure.system.features.set('disk.0.image.url', 'docker://im-without-ssh:1');
    const vm = await infrastructure.launch();
    await docker.getContainer(vm.providerId ?? '').wait();

    const answers = await infrastructure.refresh();

    expect(answers.get(vm.imId)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('No SSH server could be installed') as string,
    });
    await infrastructure.destroy();
    await docker.getImage('im-without-ssh:1').remove();
  });

  it('leave a network that existed before alone', async () => {
    await docker.createNetwork({ Name: 'contract-given' });
    try {
      const infrastructure = deploy(
        "network given (provider_id = 'contract-given')",
        "and net_interface.0.connection = 'given'",
      );
      const vm = await infrastructure.launch();
      const { NetworkSettings: settings } = await docker.getContainer(vm.providerId ?? '').inspect();

      await infrastructure.destroy();

      expect(Object.keys(settings.Networks)).toEqual(['contract-given']);
      await expect(docker.getNetwork('contract-given').inspect()).resolves.toMatchObject({
        Name: 'contract-given',
      });
    } finally {
      await docker.getNetwork('contract-given').remove();
    }
  });
});

describe.skipIf(socketPath === '')('what a Docker cloud refuses', () => {
  it.each([
    ['privileged containers', '', "and docker.privileged = 'yes'"],
    ['folders of the host', '', "and disk.1.mount_path = '/mnt' and disk.1.device = '/etc'"],
    ['the network of the host', "network n (provider_id = 'host')", "and net_interface.0.connection = 'n'"],
    [
      'networks of other containers',
      "network n (provider_id = 'container:x')",
      "and net_interface.0.connection = 'n'",
    ],
  ])('%s', async (_what, networks, system) => {
    const error = await failureOf(deploy(networks, system).launch());

    expect(error.code).toBe('PermissionDenied');
    expect(error.message).toContain('ALLOW_HOST_ACCESS');
  });

  it('the network of the host under its id', async () => {
    const { Id: id } = (await docker.getNetwork('host').inspect()) as { Id: string };

    const error = await failureOf(
      deploy(`network n (provider_id = '${id}')`, "and net_interface.0.connection = 'n'").launch(),
    );

    expect(error.code).toBe('PermissionDenied');
  });

  it('an image that does not exist, and leaves nothing behind', async () => {
    const infrastructure = deploy('', '');
    infrastructure.system.features.set('disk.0.image.url', 'docker://127.0.0.1:1/nobody/nothing:1');

    const error = await failureOf(infrastructure.launch());

    expect(error.message).toMatch(/^Error pulling the image 127\.0\.0\.1:1\/nobody\/nothing:1: /u);
    expect(
      await docker.listContainers({ all: true, filters: { label: [`im.inf_id=${infrastructure.id}`] } }),
    ).toEqual([]);
  });

  it('a port that is in use, and deletes the container that could not start with its VM', async () => {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, resolve));
    const { port } = listener.address() as AddressInfo;
    const infrastructure = deploy(
      `network pub (outbound = 'yes' and outports = '${port}-80')`,
      "and net_interface.0.connection = 'pub'",
    );

    const error = await failureOf(infrastructure.launch());
    listener.close();

    expect(error.code).toBe('Conflict');
    expect(error.message).toContain('Error starting the Container: ');
    await infrastructure.destroy();
    const filters = { label: [`im.inf_id=${infrastructure.id}`] };
    expect(await docker.listContainers({ all: true, filters })).toEqual([]);
  });

  it('machines larger than its host', async () => {
    const { system } = deploy('', '');
    system.features.set('cpu.count', 10_000);

    expect(await open().concreteSystems(system, new AbortController().signal)).toEqual([]);
  });
});

describe.skipIf(socketPath === '')('what a Docker cloud tells', () => {
  it('are its images, by parts of their names', async () => {
    const connector = open();
    const { signal } = new AbortController();

    expect(await connector.listImages({ distribution: 'IM-', version: '1' }, signal)).toContainEqual({
      uri: 'docker://im-test:1',
      name: 'im-test:1',
    });
    expect(await connector.listImages({ distribution: 'no-such-thing' }, signal)).toEqual([]);
  });

  it('is what is used of its host', async () => {
    await deploy('', '').launch();

    const quotas = await open().quotas(new AbortController().signal);

    expect(quotas['cores']?.used).toBeGreaterThanOrEqual(0.5);
    expect(quotas['cores']?.limit).toBeGreaterThanOrEqual(1);
    expect(quotas['instances']?.limit).toBe(-1);
  });
});

function fail(): never {
  throw new Error('No VM was launched.');
}

function alteredTo(infrastructure: ContractInfrastructure, cpus: number, memory: number): FeatureSet {
  const features = infrastructure.system.features.clone();
  features.set('cpu.count', cpus);
  features.set('memory.size', memory, 'M');
  return features;
}
