import { randomUUID } from 'node:crypto';
import type { CloudScope, Connector, LaunchRequest, MachineFacts, Vm } from '@im/domain';
import { importedToken } from '@im/domain';
import type { Radl, System } from '@im/radl';
import { cloneRadl, expandHostName, parseRadl } from '@im/radl';
import { MemoryLedger } from './memory-ledger.js';

/** An infrastructure in one cloud, driven as the handlers of operations do, without their store. */
export class ContractInfrastructure {
  readonly id: string = randomUUID();
  readonly ledger: MemoryLedger;
  readonly vms: Vm[] = [];
  private readonly radl: Radl;

  constructor(
    private readonly connector: Connector,
    document: string,
  ) {
    this.radl = parseRadl(document);
    this.ledger = new MemoryLedger(this.id, connector.access.cloud);
  }

  get scope(): CloudScope {
    return {
      infrastructureId: this.id,
      radl: this.radl,
      ledger: this.ledger,
      tags: { 'im-contract': 'yes' },
      signal: new AbortController().signal,
    };
  }

  /** The system of the document. */
  get system(): System {
    const system = this.radl.systems[0];
    if (system === undefined) {
      throw new Error('The document of a contract test needs a system.');
    }
    return system;
  }

  /** Writes the rows of a VM that is about to be launched. */
  async plan(): Promise<Vm> {
    const [concrete] = await this.connector.concreteSystems(this.system, this.scope.signal);
    if (concrete === undefined) {
      throw new Error('The cloud does not accept the system of the contract test.');
    }
    const imId = this.vms.length;
    const vm = plannedVm(
      this.id,
      imId,
      this.connector,
      this.document(named(concrete, imId)),
      this.document(this.system),
    );
    this.vms.push(vm);
    await this.ledger.intend({ kind: 'machine', token: vm.launchToken, vmId: imId });
    return vm;
  }

  /** Makes what the VM shares with others. */
  async prepare(vm: Vm): Promise<void> {
    const existing = this.vms.filter(({ status }) => status === 'live');
    await this.connector.prepare(this.scope, cloneRadl(vm.info), existing);
  }

  /** Calls the cloud and forgets its answer, as a worker does that dies. */
  async launchAndForget(vm: Vm): Promise<MachineFacts> {
    const request: LaunchRequest = {
      imId: vm.imId,
      token: vm.launchToken,
      radl: cloneRadl(vm.info),
      requested: cloneRadl(vm.requested),
      configures: [],
    };
    return this.connector.launch(this.scope, request);
  }

  async launch(vm?: Vm): Promise<Vm> {
    const planned = vm ?? (await this.plan());
    await this.prepare(planned);
    const facts = await this.launchAndForget(planned);
    planned.status = 'live';
    this.apply(planned, facts);
    const row = await this.ledger.intend({ kind: 'machine', token: planned.launchToken, vmId: planned.imId });
    await this.ledger.present(row, facts.providerId);
    return planned;
  }

  async refresh(vms: readonly Vm[] = this.vms): Promise<Map<number, MachineFacts | Error>> {
    const answers = await this.connector.refresh(this.scope, vms);
    for (const vm of vms) {
      const answer = answers.get(vm.imId);
      if (answer !== undefined && !(answer instanceof Error)) {
        this.apply(vm, answer);
      }
    }
    return answers;
  }

  async finalize(vm: Vm): Promise<void> {
    await this.connector.finalize(this.scope, vm);
    const row = await this.ledger.intend({ kind: 'machine', token: vm.launchToken, vmId: vm.imId });
    await this.ledger.gone(row);
    vm.status = 'destroyed';
  }

  /** Leaves the ledger as an import writes it. */
  async forgetAllButMachines(): Promise<void> {
    const rows = this.ledger.rows.splice(0);
    this.ledger.rows.push(...rows.filter(({ kind }) => kind === 'machine'));
    const shared = await this.ledger.intend({ kind: 'network', token: importedToken, vmId: null });
    await this.ledger.unknown(shared, '');
  }

  /** Deletes what is left, as a destroy does. */
  async destroy(): Promise<void> {
    for (const vm of this.vms) {
      if (vm.status !== 'destroyed') {
        await this.finalize(vm);
      }
    }
    await this.connector.cleanUp(this.scope);
  }

  private apply(vm: Vm, facts: MachineFacts): void {
    vm.providerId = facts.providerId;
    vm.providerState = facts.state;
    vm.info = facts.info ?? vm.info;
    vm.connectorData = facts.connectorData ?? vm.connectorData;
  }

  private document(system: System): Radl {
    return cloneRadl({ ...this.radl, systems: [system], configures: [] });
  }
}

/** The host name that the planner gives to interface 0. */
function named(system: System, imId: number): System {
  const features = system.features.clone();
  const name = expandHostName(features.getText('net_interface.0.dns_name') ?? 'vnode-#N#', imId);
  features.set('net_interface.0.dns_name', name);
  return { ...system, features };
}

function plannedVm(
  infrastructureId: string,
  imId: number,
  connector: Connector,
  info: Radl,
  requested: Radl,
): Vm {
  return {
    infrastructureId,
    imId,
    version: 1,
    system: requested.systems[0]?.id ?? '',
    cloud: connector.access.cloud,
    providerId: null,
    launchToken: `${infrastructureId}-${imId}`,
    status: 'launching',
    providerState: 'pending',
    info,
    requested,
    configured: null,
    errorMessage: null,
    launchAttempts: 0,
    launchErrors: [],
    launchNotBefore: null,
    addedBy: null,
    lastSuccess: null,
    failingSince: null,
    connectorData: {},
    sshHostKey: null,
    createdAt: 0,
  };
}
