import type { Connector, Vm } from '@im/domain';
import { parseRadl } from '@im/radl';
import { afterEach, describe, expect, it } from 'vitest';
import { ContractInfrastructure } from './contract-infrastructure.js';

/** A cloud to hold against the contract, with the eyes and hands of its tests at the provider. */
export interface ContractSubject {
  /** Opens the connector anew, as every step of an operation does. */
  open(): Connector;
  /** RADL document with one system that the cloud launches, named `machine`, and its networks. */
  document: string;
  /** The same with as many machines as one system may have, when that is not any number. */
  several?: string;
  /** Image URL of another kind of cloud; absent when the cloud takes any. */
  foreignImage?: string;
  /** Everything that the provider has of an infrastructure; absent when the provider keeps nothing. */
  leftAtProvider?(infrastructureId: string): Promise<string[]>;
  /** Deletes a machine without our knowledge; absent when machines cannot go. */
  removeMachine?(providerId: string): Promise<void>;
}

/** What every connector must do; called by a test file of each of them (docs/connectors.md). */
export function describeConnectorContract(name: string, subject: ContractSubject): void {
  describe(`connector contract: ${name}`, () => {
    const infrastructures: ContractInfrastructure[] = [];

    const newInfrastructure = (document = subject.document): ContractInfrastructure => {
      const infrastructure = new ContractInfrastructure(subject.open(), document);
      infrastructures.push(infrastructure);
      return infrastructure;
    };

    afterEach(async () => {
      for (const infrastructure of infrastructures.splice(0)) {
        await infrastructure.destroy();
      }
    });

    describeLaunch(subject, newInfrastructure);
    describeStates(subject, newInfrastructure);
    describeDeletion(subject, newInfrastructure);
    describeCapabilities(subject, newInfrastructure);
  });
}

type NewInfrastructure = (document?: string) => ContractInfrastructure;

function describeLaunch(subject: ContractSubject, newInfrastructure: NewInfrastructure): void {
  it('launches a machine that runs, with its document', async () => {
    const infrastructure = newInfrastructure();

    const vm = await infrastructure.launch();
    await infrastructure.refresh();

    expect(vm.providerId).not.toBe('');
    expect(vm.providerState).toBe('running');
    const features = vm.info.systems[0]?.features;
    expect(features?.getText('provider.type')).toBe(subject.open().access.cloud.type);
    expect(features?.getText('disk.0.os.credentials.username')).toBeTypeOf('string');
    expect(features?.getText('net_interface.0.ip')).toMatch(/^[\d.]+$/u);
  });

  it('adopts the machine of a worker that died after the launch', async () => {
    const infrastructure = newInfrastructure();
    const vm = await infrastructure.plan();

    await infrastructure.prepare(vm);
    const lost = await infrastructure.launchAndForget(vm);
    await infrastructure.launch(vm);

    expect(vm.providerId).toBe(lost.providerId);
  });

  it('prepares once and launches one machine when two workers do the same at once', async () => {
    const infrastructure = newInfrastructure();
    const vm = await infrastructure.plan();

    await Promise.all([infrastructure.prepare(vm), infrastructure.prepare(vm)]);
    const [first, second] = await Promise.all([
      infrastructure.launchAndForget(vm),
      infrastructure.launchAndForget(vm),
    ]);

    expect(first.providerId).toBe(second.providerId);
  });

  it('gives every VM its own machine', async () => {
    const infrastructure = newInfrastructure(subject.several);

    const first = await infrastructure.launch();
    const second = await infrastructure.launch();

    expect(first.providerId).not.toBe(second.providerId);
  });

  it('offers nothing for an image of another kind of cloud', async () => {
    if (subject.foreignImage === undefined) {
      return;
    }
    const system = newInfrastructure().system;
    system.features.set('disk.0.image.url', subject.foreignImage);

    expect(await subject.open().concreteSystems(system, new AbortController().signal)).toEqual([]);
  });

  it('leaves the system that it is asked about as it is', async () => {
    const { system } = newInfrastructure();
    const before = system.features.print();

    await subject.open().concreteSystems(system, new AbortController().signal);

    expect(system.features.print()).toBe(before);
  });

  it('finds a machine by its token only while it exists', async () => {
    const infrastructure = newInfrastructure();
    const connector = subject.open();
    const vm = await infrastructure.plan();

    expect(await connector.find(infrastructure.scope, vm.launchToken)).toBeNull();
    await infrastructure.launch(vm);
    expect((await connector.find(infrastructure.scope, vm.launchToken))?.providerId).toBe(vm.providerId);
    await infrastructure.finalize(vm);
    expect(await connector.find(infrastructure.scope, vm.launchToken)).toBeNull();
  });
}

function describeStates(subject: ContractSubject, newInfrastructure: NewInfrastructure): void {
  it('answers a refresh for each of the VMs asked for', async () => {
    const infrastructure = newInfrastructure(subject.several);
    const vms = [await infrastructure.launch(), await infrastructure.launch()];

    const answers = await infrastructure.refresh();

    expect([...answers.keys()].sort()).toEqual(vms.map((vm) => vm.imId));
    expect(vms.map((vm) => vm.providerState)).toEqual(['running', 'running']);
    expect((await infrastructure.refresh([])).size).toBe(0);
  });

  it('tells `off` for a machine that somebody else deleted', async () => {
    if (subject.removeMachine === undefined) {
      return;
    }
    const infrastructure = newInfrastructure();
    const vm = await infrastructure.launch();

    await subject.removeMachine(vm.providerId ?? '');
    await infrastructure.refresh();

    expect(vm.providerState).toBe('off');
  });

  it('stops, starts and reboots, also when that is so already', async () => {
    const connector = subject.open();
    if (!connector.capabilities.power) {
      return;
    }
    const infrastructure = newInfrastructure();
    const vm = await infrastructure.launch();
    const stateAfter = async (action: (vm: Vm) => Promise<void>): Promise<string> => {
      await action(vm);
      await infrastructure.refresh();
      return vm.providerState;
    };

    expect(await stateAfter((one) => connector.stop(infrastructure.scope, one))).toBe('stopped');
    expect(await stateAfter((one) => connector.stop(infrastructure.scope, one))).toBe('stopped');
    expect(await stateAfter((one) => connector.start(infrastructure.scope, one))).toBe('running');
    expect(await stateAfter((one) => connector.start(infrastructure.scope, one))).toBe('running');
    if (connector.capabilities.reboot) {
      expect(await stateAfter((one) => connector.reboot(infrastructure.scope, one))).toBe('running');
    }
  });

  it('alters only what is given', async () => {
    const connector = subject.open();
    if (!connector.capabilities.alter.includes('memory.size')) {
      return;
    }
    const infrastructure = newInfrastructure();
    const vm = await infrastructure.launch();
    const cpus = vm.info.systems[0]?.features.getNumber('cpu.count');
    const [wanted] = parseRadl('system machine ( memory.size = 300M )').systems;

    const facts = await connector.alter(infrastructure.scope, vm, wanted ?? infrastructure.system);

    const features = facts.info?.systems[0]?.features;
    expect(facts.providerId).toBe(vm.providerId);
    expect(features?.getNumber('memory.size', 'M')).toBe(300);
    expect(features?.getNumber('cpu.count')).toBe(cpus);
  });
}

function describeDeletion(subject: ContractSubject, newInfrastructure: NewInfrastructure): void {
  it('deletes a machine twice', async () => {
    const infrastructure = newInfrastructure();
    const vm = await infrastructure.launch();

    await infrastructure.finalize(vm);
    await infrastructure.finalize(vm);

    expect(await subject.open().find(infrastructure.scope, vm.launchToken)).toBeNull();
  });

  it('deletes a VM that was never launched', async () => {
    const infrastructure = newInfrastructure();
    const vm = await infrastructure.plan();

    await infrastructure.finalize(vm);

    expect(await infrastructure.ledger.open(vm.imId)).toEqual([]);
  });

  it('leaves nothing at the provider and closes the ledger', async () => {
    const infrastructure = newInfrastructure(subject.several);
    await infrastructure.launch();
    await infrastructure.launch();

    await infrastructure.destroy();
    await infrastructure.destroy();

    expect(await infrastructure.ledger.open()).toEqual([]);
    expect((await subject.leftAtProvider?.(infrastructure.id)) ?? []).toEqual([]);
  });

  it('deletes what an imported infrastructure has', async () => {
    const infrastructure = newInfrastructure();
    await infrastructure.launch();
    await infrastructure.forgetAllButMachines();

    await infrastructure.destroy();

    expect(await infrastructure.ledger.open()).toEqual([]);
    expect((await subject.leftAtProvider?.(infrastructure.id)) ?? []).toEqual([]);
  });

  it('deletes with the rest what a dead worker launched', async () => {
    const infrastructure = newInfrastructure();
    const vm = await infrastructure.plan();
    await infrastructure.prepare(vm);
    await infrastructure.launchAndForget(vm);

    await infrastructure.destroy();

    expect(await infrastructure.ledger.open()).toEqual([]);
    expect((await subject.leftAtProvider?.(infrastructure.id)) ?? []).toEqual([]);
  });
}

function describeCapabilities(subject: ContractSubject, newInfrastructure: NewInfrastructure): void {
  it('does what it declares and refuses the rest as `Unsupported`', async () => {
    const connector = subject.open();
    const infrastructure = newInfrastructure();
    const vm = await infrastructure.launch();
    const { scope } = infrastructure;
    const { capabilities } = connector;
    const optional: [boolean, () => Promise<unknown>][] = [
      [capabilities.power, () => connector.stop(scope, vm)],
      [capabilities.power, () => connector.start(scope, vm)],
      [capabilities.reboot, () => connector.reboot(scope, vm)],
      [capabilities.alter.length > 0, () => connector.alter(scope, vm, infrastructure.system)],
      [capabilities.listImages, () => connector.listImages({}, scope.signal)],
      [capabilities.quotas, () => connector.quotas(scope.signal)],
    ];
    if (!capabilities.snapshots) {
      optional.push([false, () => connector.createSnapshot(scope, vm, 0, 'copy')]);
      optional.push([false, () => connector.deleteImage('none://copy', scope.signal)]);
    }

    for (const [declared, method] of optional) {
      if (declared) {
        await expect(method()).resolves.not.toBeNull();
      } else {
        await expect(method()).rejects.toMatchObject({ name: 'CloudError', code: 'Unsupported' });
      }
    }
  });

  it('makes a snapshot that it deletes again', async () => {
    const connector = subject.open();
    if (!connector.capabilities.snapshots) {
      return;
    }
    const infrastructure = newInfrastructure();
    const vm = await infrastructure.launch();
    const { scope } = infrastructure;

    const url = await connector.createSnapshot(scope, vm, 0, 'contract-copy');

    expect(url).toMatch(/^[a-z\d]+:\/\/.+/u);
    await connector.deleteImage(url, scope.signal);
    await connector.deleteImage(url, scope.signal);
  });
}
