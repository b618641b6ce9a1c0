import type { System } from '@im/radl';
import { parseRadl } from '@im/radl';
import { beforeEach, describe, expect, it } from 'vitest';
import { ScriptedCloud } from '../../../../test/fakes/scripted-cloud.js';
import { ScriptedConnector } from '../../../../test/fakes/scripted-connector.js';
import { testDomainOptions } from '../../../../test/fakes/work-ports.js';
import { CloudError } from '../errors.js';
import type { CloudAccess } from '../model/cloud.js';
import type { CloudImage, Connector } from '../ports/connector.js';
import { estimateOf } from './estimate.js';
import type { PlanContext } from './plan-deployment.js';
import { planDeployment } from './plan-deployment.js';

/** A cloud whose offers and images a test decides. */
class Offering extends ScriptedConnector {
  /** What it makes of a system; null: the scripted image. */
  offer: ((system: System) => System[]) | null = null;
  images: CloudImage[] = [];
  readonly filters: Readonly<Record<string, string>>[] = [];

  override async concreteSystems(system: System, signal: AbortSignal): Promise<System[]> {
    return this.offer === null ? super.concreteSystems(system, signal) : this.offer(system);
  }

  override async listImages(filters: Readonly<Record<string, string>>): Promise<CloudImage[]> {
    this.filters.push(filters);
    return this.images;
  }
}

function accessTo(id: string): CloudAccess {
  return {
    cloud: { id, type: 'Scripted', server: `${id}.org`, port: -1, protocol: 'https', path: '/v3', extra: {} },
    credentials: { id, type: 'Scripted' },
  };
}

let clouds: Map<string, Offering>;
let unusable: Set<string>;
beforeEach(() => {
  clouds = new Map(['one', 'two'].map((id) => [id, new Offering(accessTo(id), new ScriptedCloud())]));
  unusable = new Set();
});

function cloud(id: string): Offering {
  const found = clouds.get(id);
  if (found === undefined) {
    throw new Error(`There is no cloud ${id}.`);
  }
  return found;
}

function context(): PlanContext {
  return {
    clouds: [...clouds.keys()].map(accessTo),
    connectors: {
      types: () => ['Scripted'],
      open: (access): Connector => {
        if (unusable.has(access.cloud.id)) {
          throw new CloudError('Unsupported', `Cloud provider not supported: ${access.cloud.id}`);
        }
        return cloud(access.cloud.id);
      },
    },
    options: testDomainOptions,
    signal: new AbortController().signal,
  };
}

/** A copy of the system with more features. */
function withFeatures(system: System, features: string): System {
  const copy = { ...system, features: system.features.clone() };
  const [added] = parseRadl(`system s (${features})`).systems;
  if (added !== undefined) {
    copy.features.apply(added.features, { conflict: 'other', missing: 'other' });
  }
  return copy;
}

const user = "disk.0.os.credentials.username = 'root'";
const image = "disk.0.image.url = 'scripted://image'";
const plan = async (text: string, bound: Record<string, string> = {}) =>
  planDeployment(context(), parseRadl(text), bound);
const chosen = async (text: string, bound: Record<string, string> = {}): Promise<string[]> =>
  (await plan(text, bound)).deploys.map(
    ({ deploy, cloud: { id }, failure }) => `${deploy.system} ${deploy.vmNumber} ${failure ?? id}`,
  );

describe('the plan of a deployment', () => {
  it('names a cloud and a concrete system for every deploy, in the order of the document', async () => {
    const { deploys, privateNetworks } = await plan(
      `network a () system x (${image} and net_interface.0.connection = 'a') system y (${image})
       deploy x 2 deploy y 1 two deploy x 1 deploy y 0`,
    );

    expect(deploys.map(({ deploy, cloud: { id } }) => `${deploy.system} ${deploy.vmNumber} ${id}`)).toEqual([
      'x 2 one',
      'y 1 two',
      'x 1 one',
    ]);
    expect(deploys[0]?.concrete?.features.getText('provider.type')).toBe('Scripted');
    expect(deploys[0]?.concrete?.features.getNumber('memory.size', 'M')).toBe(512);
    expect(deploys[0]?.requested.features.has('memory.size')).toBe(false);
    expect(privateNetworks).toEqual({ a: 'one' });
  });

  it('goes where the soft features fit, heaviest first', async () => {
    cloud('two').offer = (system) => [withFeatures(system, `${user} and cpu.count = 4`)];
    cloud('one').offer = (system) => [withFeatures(system, `${user} and cpu.count = 1`)];

    expect(await chosen(`system x (${image} and soft 10 (cpu.count >= 2)) deploy x 1`)).toEqual(['x 1 two']);
    expect(
      await chosen(
        `system x (${image} and soft 10 (cpu.count >= 2) and soft 20 (cpu.count <= 1)) deploy x 1`,
      ),
    ).toEqual(['x 1 one']);
  });

  it('goes where requested applications are installed, and keeps the first on a tie', async () => {
    cloud('one').offer = (system) => [withFeatures(system, user)];
    cloud('two').offer = (system) => [
      withFeatures(system, `${user} and disk.0.applications contains (name = 'git' and version = '2.0')`),
    ];
    const asked = (version: string): string =>
      `system x (${image} and disk.0.applications contains (name = 'git' and version = '${version}')) deploy x 1`;

    expect(await chosen(asked('1.9'))).toEqual(['x 1 two']);
    expect(await chosen(asked('2.1'))).toEqual(['x 1 one']);
    expect(await chosen(`system x (${image}) deploy x 1`)).toEqual(['x 1 one']);
  });

  it('takes the best of several offers of a cloud', async () => {
    clouds.delete('two');
    cloud('one').offer = (system) =>
      [1, 4, 8].map((cpus) => withFeatures(system, `${user} and cpu.count = ${cpus}`));

    const { deploys } = await plan(`system x (${image} and soft 10 (cpu.count = 4)) deploy x 1`);

    expect(deploys[0]?.concrete?.features.getNumber('cpu.count')).toBe(4);
  });

  it('follows networks that are bound already, and needs credentials for their cloud', async () => {
    const text = `network a () system x (${image} and net_interface.0.connection = 'a') deploy x 1`;

    expect(await chosen(text, { a: 'two', other: 'lost' })).toEqual(['x 1 two']);
    await expect(plan(text, { a: 'lost' })).rejects.toThrow('No auth data for cloud with ID: lost');
    await expect(plan(text.replace('deploy x 1', 'deploy x 1 one'), { a: 'two' })).rejects.toThrow(
      'Two deployments that have to be launched in the same cloud provider',
    );
  });

  it('leaves a cloud out that fails or cannot be opened, and goes on with the others', async () => {
    cloud('one').offer = () => {
      throw new CloudError('Unavailable', 'The cloud is away.');
    };
    expect(await chosen(`system x (${image}) deploy x 1`)).toEqual(['x 1 two']);

    unusable.add('one');
    expect(await chosen(`system x (${image}) deploy x 1`)).toEqual(['x 1 two']);
  });

  it('says why a cloud that was asked for cannot be used', async () => {
    unusable.add('one');

    await expect(plan(`system x (${image}) deploy x 1 one`)).rejects.toThrow(
      'Cloud provider not supported: one',
    );
    unusable.add('two');
    await expect(plan(`system x (${image}) deploy x 1`)).rejects.toThrow('Cloud provider not supported: one');
  });

  it('makes failed VMs of what no cloud can launch, with the reason', async () => {
    cloud('two').offer = () => {
      throw new CloudError('Unavailable', 'The cloud is away.');
    };

    expect(await chosen("system x (disk.0.image.url = 'ost://x/1') deploy x 2 one")).toEqual([
      'x 2 Error, no concrete system to deploy: x in cloud: one. Check if a correct image is being used',
    ]);
    expect(await chosen(`system x (${image}) deploy x 1 two`)).toEqual([
      'x 1 Error, no concrete system to deploy: x in cloud: two. Check if a correct image is being used (The cloud is away.)',
    ]);
  });

  it('makes failed VMs of what has no user to log in as', async () => {
    cloud('one').offer = (system) => [system];

    expect(await chosen(`system x (${image}) deploy x 1 one`)).toEqual(['x 1 No username for deploy: x']);
  });

  it('needs a cloud', async () => {
    clouds.clear();

    await expect(plan(`system x (${image}) deploy x 1`)).rejects.toThrow('No cloud provider available');
    await expect(plan(`system x (${image}) deploy x 1 one`)).rejects.toThrow(
      'No auth data for cloud with ID: one',
    );
  });
});

describe('a system that leaves the image to the clouds', () => {
  it('gets the first image of each cloud that fits its flavour and version', async () => {
    cloud('two').images = [
      { uri: 'scripted://first', name: 'ubuntu-22.04' },
      { uri: 'scripted://second', name: 'ubuntu-22.04-b' },
    ];

    const { deploys } = await plan(
      "system x (disk.0.os.flavour = 'ubuntu' and disk.0.os.version = '22.04') deploy x 1",
    );

    expect(deploys[0]?.concrete?.features.getText('disk.0.image.url')).toBe('scripted://first');
    expect(cloud('one').filters).toEqual([{ distribution: 'ubuntu', version: '22.04' }]);
  });

  it('needs none when it is a machine that exists', async () => {
    const hosts = cloud('two');
    Object.assign(hosts, { capabilities: { ...hosts.capabilities, existingMachines: true } });
    hosts.offer = (system) => (system.features.has('net_interface.0.ip') ? [withFeatures(system, user)] : []);
    const host =
      "network net () system x (net_interface.0.connection = 'net' and net_interface.0.ip = '192.0.2.7')";

    expect(await chosen(`${host} deploy x 1`)).toEqual(['x 1 two']);
    expect([...cloud('one').filters, ...hosts.filters]).toEqual([]);
    await expect(plan('system x () deploy x 1')).rejects.toThrow("No VMI obtained from Sites to system 'x'");
  });

  it('says why a machine that exists is refused', async () => {
    const hosts = cloud('two');
    clouds.delete('one');
    Object.assign(hosts, { capabilities: { ...hosts.capabilities, existingMachines: true } });
    hosts.offer = () => {
      throw new CloudError('PermissionDenied', 'That is a host of the service.');
    };

    expect((await chosen('system x () deploy x 1'))[0]).toContain('(That is a host of the service.)');
  });

  it('fails when there is none, with what the clouds said', async () => {
    cloud('two').listImages = async () => {
      throw new CloudError('Unavailable', 'The cloud is away.');
    };

    await expect(plan('system x () deploy x 1')).rejects.toThrow(
      "No VMI obtained from Sites to system 'x': Error getting images from cloud: two (The cloud is away.)",
    );
    clouds.delete('two');
    await expect(plan('system x () deploy x 1')).rejects.toThrow(
      /^No VMI obtained from Sites to system 'x'$/,
    );
  });
});

describe('an estimate', () => {
  const estimate = async (text: string) => {
    const radl = parseRadl(text);
    return estimateOf(radl, await planDeployment(context(), radl, {}));
  };

  it('says per cloud what each VM would use', async () => {
    const made = await estimate(`
      network pub (outbound = 'yes')
      system x (${image} and net_interface.0.connection = 'pub' and cpu.count = 2 and memory.size = 4G and gpu.count = 1
        and disk.0.size = 20G and disk.0.free_size = 10G and disk.1.size = 100G and disk.1.type = 'ssd' and disk.1.fstype = 'ext4')
      system y (${image})
      deploy x 2 one deploy y 1 two`);

    const vm = { cpuCores: 2, memoryInMegabytes: 4000, GPU: 1, diskSizeInGigabytes: 30, publicIP: 1 };
    const disks = [{ sizeInGigabytes: 20 }, { sizeInGigabytes: 100, type: 'ssd' }];
    expect(made).toEqual({
      one: {
        cloudType: 'Scripted',
        cloudEndpoint: 'https://one.org:443/v3',
        compute: [vm, vm],
        storage: [...disks, ...disks],
      },
      two: {
        cloudType: 'Scripted',
        cloudEndpoint: 'https://two.org:443/v3',
        compute: [{ cpuCores: 1, memoryInMegabytes: 512 }],
        storage: [],
      },
    });
  });

  it('leaves out what no cloud has', async () => {
    expect(await estimate("system x (disk.0.image.url = 'ost://x/1') deploy x 2 one")).toMatchObject({
      one: { compute: [], storage: [] },
    });
  });
});
