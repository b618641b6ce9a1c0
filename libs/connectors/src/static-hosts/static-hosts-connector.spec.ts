import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import type { Connector } from '@im/domain';
import { afterEach, describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../contract/connector-contract.js';
import { ContractInfrastructure } from '../contract/contract-infrastructure.js';
import { openCloud } from '../contract/open-cloud.js';

const open = (options: { allowLocalProviders?: boolean; callTimeoutMs?: number } = {}): Connector =>
  openCloud({ id: 'static', type: 'DeployedNode' }, options);

function document(ip: string, network = 'network lan ()'): string {
  return `
    ${network}
    system machine (
      net_interface.0.connection = 'lan' and net_interface.0.ip = ${ip} and
      disk.0.os.credentials.username = 'admin' and disk.0.os.credentials.password = 'secret'
    )`;
}

describeConnectorContract('DeployedNode', {
  open,
  document: document("'198.51.100.1'"),
  several: document("['198.51.100.1','198.51.100.2']"),
});

describe('static hosts', () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.close();
    server = undefined;
  });

  async function listening(): Promise<number> {
    const started = createServer();
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    return (started.address() as AddressInfo).port;
  }

  it.each([
    ['an address', 'net_interface.0.ip'],
    ['a user', 'disk.0.os.credentials.username'],
    ['a password or key', 'disk.0.os.credentials.password'],
  ])('are only systems with %s', async (_what, feature) => {
    const { system } = new ContractInfrastructure(open(), document("'198.51.100.1'"));
    system.features.delete(feature);

    expect(await open().concreteSystems(system, new AbortController().signal)).toEqual([]);
  });

  it('take any image, or several, and leave them as they are', async () => {
    const { system } = new ContractInfrastructure(open(), document("'198.51.100.1'"));
    system.features.set('disk.0.image.url', ['static://none', 'mock0://x']);

    const [concrete] = await open().concreteSystems(system, new AbortController().signal);

    expect(concrete?.features.getList('disk.0.image.url')).toEqual(['static://none', 'mock0://x']);
    expect(concrete?.features.has('provider.type')).toBe(false);
  });

  it('are one VM for each address', async () => {
    const infrastructure = new ContractInfrastructure(open(), document("['198.51.100.1','198.51.100.2']"));

    const vms = [await infrastructure.launch(), await infrastructure.launch()];

    expect(vms.map((vm) => vm.info.systems[0]?.features.getText('net_interface.0.ip'))).toEqual([
      '198.51.100.1',
      '198.51.100.2',
    ]);
    await expect(infrastructure.launch()).rejects.toMatchObject({
      code: 'InvalidInput',
      message: expect.stringContaining('is a VM of this infrastructure already') as string,
    });
  });

  it('give their address back when the VM is removed', async () => {
    const infrastructure = new ContractInfrastructure(open(), document("'198.51.100.1'"));

    await infrastructure.finalize(await infrastructure.launch());

    await expect(infrastructure.launch()).resolves.toBeDefined();
  });

  it('that an imported VM is already are no other VM, until it is removed', async () => {
    const infrastructure = new ContractInfrastructure(open(), document("['198.51.100.1','198.51.100.2']"));
    const imported = await infrastructure.launch();
    await infrastructure.forgetAllButMachines();

    const added = await infrastructure.launch();

    expect(added.info.systems[0]?.features.getText('net_interface.0.ip')).toBe('198.51.100.2');
    await infrastructure.finalize(imported);
    const third = await infrastructure.launch();
    expect(third.info.systems[0]?.features.getText('net_interface.0.ip')).toBe('198.51.100.1');
  });

  it('are running while their SSH port answers', async () => {
    const port = await listening();
    const network = `network lan (outbound = 'yes' and outports = '${port}-22')`;
    const infrastructure = new ContractInfrastructure(open(), document("'127.0.0.1'", network));
    const vm = await infrastructure.launch();

    await infrastructure.refresh();
    const running = vm.providerState;
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    const answers = await infrastructure.refresh();

    expect(running).toBe('running');
    expect(answers.get(vm.imId)).toMatchObject({
      code: 'Unavailable',
      message: `The provider 127.0.0.1:${port} refuses the connection (ECONNREFUSED).`,
    });
  });

  it.each(['127.0.0.1', '169.254.169.254', '::1', 'localhost'])(
    'of the service itself are refused: %s',
    async (ip) => {
      const connector = open({ allowLocalProviders: false });
      const infrastructure = new ContractInfrastructure(
        connector,
        document(`'${ip}'`, "network lan (outbound = 'yes')"),
      );

      await expect(infrastructure.launch()).rejects.toMatchObject({ code: 'PermissionDenied' });
    },
  );
});
