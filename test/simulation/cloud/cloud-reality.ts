import type { ProviderVmState } from '@im/domain';

/** A machine that exists, and may cost money. */
export interface RealMachine {
  providerId: string;
  infrastructureId: string;
  token: string;
  state: ProviderVmState;
  /** Playbook runs that were started on it. */
  runs: Map<string, { endsAt: number }>;
}

export interface RealNetwork {
  providerId: string;
  infrastructureId: string;
  token: string;
}

/** What really exists at one cloud, whatever anybody was told. */
export class CloudReality {
  readonly machines = new Map<string, RealMachine>();
  readonly networks = new Map<string, RealNetwork>();
  /** How many machines were ever made for a token. */
  readonly launches = new Map<string, number>();
  private made = 0;
  private changes = 0;
  private seenChanges = 0;

  /**
   * @param id of the cloud in the authorization data
   * @param uniqueNames the cloud refuses a second machine of the same name, as Docker and Kubernetes do; others (OpenStack) make it
   */
  constructor(
    readonly id: string,
    readonly uniqueNames: boolean,
  ) {}

  /** Whether something was made or deleted since this was asked last. */
  isChanged(): boolean {
    const changed = this.changes !== this.seenChanges;
    this.seenChanges = this.changes;
    return changed;
  }

  machinesOf(token: string): RealMachine[] {
    return [...this.machines.values()].filter((machine) => machine.token === token);
  }

  makeMachine(infrastructureId: string, token: string): RealMachine {
    const providerId = `${this.id}-m${++this.made}`;
    const machine: RealMachine = {
      providerId,
      infrastructureId,
      token,
      state: 'running',
      runs: new Map(),
    };
    this.changes++;
    this.machines.set(providerId, machine);
    this.launches.set(token, (this.launches.get(token) ?? 0) + 1);
    return machine;
  }

  /** Names of networks are unique at every cloud here. */
  makeNetwork(infrastructureId: string, token: string): RealNetwork {
    const known = this.networks.get(token);
    if (known !== undefined) {
      return known;
    }
    const network = { providerId: `${this.id}-n${++this.made}`, infrastructureId, token };
    this.changes++;
    this.networks.set(token, network);
    return network;
  }

  deleteNetwork(token: string): void {
    this.changes++;
    this.networks.delete(token);
  }

  deleteMachines(token: string): void {
    this.changes++;
    for (const { providerId } of this.machinesOf(token)) {
      this.machines.delete(providerId);
    }
  }
}
