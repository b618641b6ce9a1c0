import type { CloudScope } from '@im/domain';
import { CloudError } from '@im/domain';
import { z } from 'zod';
import type { ContainerInterface } from './container-networks.js';
import { hostNetworkRefused } from './container-networks.js';
import type { DockerEngine } from './docker-engine.js';
import { createdNetworkAnswer, networkAnswer, networkListAnswer } from './engine-answers.js';
import { ownerFilter, ownerLabels } from './labels.js';

type NetworkAnswer = z.infer<typeof networkAnswer>;

/** Networks of the engine that the VMs of an infrastructure share. */
export class SharedNetworks {
  constructor(
    private readonly engine: DockerEngine,
    private readonly cloudId: string,
    private readonly allowHostAccess: boolean,
  ) {}

  /** Makes the networks of the interfaces that do not exist yet; those of the user must exist. */
  async ensure(scope: CloudScope, interfaces: readonly ContainerInterface[]): Promise<void> {
    const byName = new Map(interfaces.map((one) => [one.dockerNetwork, one]));
    await Promise.all(
      [...byName].map(async ([name, one]) => {
        if (name !== null) {
          await (one.own ? this.ensureOwn(scope, name, one) : this.ensureGiven(scope, name));
        }
      }),
    );
  }

  /** Deletes every network that carries the labels of the infrastructure, and closes the rows of the ledger. */
  async removeAll(scope: CloudScope): Promise<void> {
    const networks = await this.ofInfrastructure(scope);
    await Promise.all(networks.map(({ Id }) => this.delete(Id, scope.signal)));
    const rows = (await scope.ledger.open()).filter(({ kind }) => kind === 'network');
    await Promise.all(rows.map((row) => scope.ledger.gone(row)));
  }

  private async ensureOwn(scope: CloudScope, name: string, one: ContainerInterface): Promise<void> {
    const row = await scope.ledger.intend({ kind: 'network', token: name, vmId: null });
    const id = (await this.ownNamed(scope, name)) ?? (await this.create(scope, name, one));
    if (row.state !== 'present' || row.providerId !== id) {
      await scope.ledger.present(row, id);
    }
  }

  /** A network of the host can also be named by its id, so what counts is its driver. */
  private async ensureGiven(scope: CloudScope, name: string): Promise<void> {
    const network = await this.inspect(name, scope.signal);
    if (network === undefined) {
      throw new CloudError(
        'InvalidInput',
        `The Docker server has no network ${name} (provider_id of a network).`,
      );
    }
    if (network.Driver === 'host' && !this.allowHostAccess) {
      throw hostNetworkRefused(name);
    }
  }

  private async create(scope: CloudScope, name: string, one: ContainerInterface): Promise<string> {
    const created = await this.createUnlessTaken(scope, name, one);
    const id = (await this.ownNamed(scope, name)) ?? created;
    if (id === undefined) {
      throw new CloudError(
        'Conflict',
        `The Docker server has a network ${name} that does not belong to this infrastructure.`,
      );
    }
    return id;
  }

  /** @returns undefined when there is a network of this name */
  private async createUnlessTaken(
    scope: CloudScope,
    name: string,
    one: ContainerInterface,
  ): Promise<string | undefined> {
    const cidr = one.network.features.getText('cidr');
    const range = cidr === undefined || cidr.includes('*') ? {} : { IPAM: { Config: [{ Subnet: cidr }] } };
    const labels = ownerLabels(scope.infrastructureId, this.cloudId);
    try {
      const created = await this.engine.call({
        method: 'network.create',
        problem: 'Error creating the Network',
        signal: scope.signal,
        send: (docker) =>
          docker.createNetwork({
            Name: name,
            CheckDuplicate: true,
            Driver: 'bridge',
            Labels: labels,
            ...range,
          }),
        answer: createdNetworkAnswer,
      });
      return created.id;
    } catch (error) {
      if (error instanceof CloudError && error.code === 'Conflict') {
        return undefined;
      }
      throw error;
    }
  }

  /** Id of the infrastructure's network of this name. */
  private async ownNamed(scope: CloudScope, name: string): Promise<string | undefined> {
    const networks = (await this.ofInfrastructure(scope)).filter((network) => network.Name === name);
    const [first, ...others] = networks.sort((a, b) => (creationTime(a) < creationTime(b) ? -1 : 1));
    return first === undefined ? undefined : this.onlyOne(first.Id, others, scope.signal);
  }

  /**
   * Engines before 25 let two networks of one name be made at the same moment, in spite of their check. Whoever sees both deletes all
   * but the one that was made first, so that all agree; and if another is in use already, because its maker saw no second one, the first.
   */
  private async onlyOne(
    first: string,
    others: readonly NetworkAnswer[],
    signal: AbortSignal,
  ): Promise<string> {
    const inUse: string[] = [];
    await Promise.all(
      others.map(async ({ Id }) => {
        if (!(await this.deleteUnlessInUse(Id, signal))) {
          inUse.push(Id);
        }
      }),
    );
    const [used] = inUse;
    if (used === undefined) {
      return first;
    }
    await this.delete(first, signal);
    return used;
  }

  /** @returns whether it is gone */
  private async deleteUnlessInUse(id: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.delete(id, signal);
      return true;
    } catch (error) {
      if (error instanceof CloudError && /active endpoints/iu.test(error.message)) {
        return false;
      }
      throw error;
    }
  }

  private ofInfrastructure(scope: CloudScope): Promise<NetworkAnswer[]> {
    return this.engine.call({
      method: 'network.list',
      problem: 'Error getting info about the Networks',
      signal: scope.signal,
      send: (docker) => docker.listNetworks({ filters: ownerFilter(scope.infrastructureId, this.cloudId) }),
      answer: networkListAnswer,
    });
  }

  private async delete(id: string, signal: AbortSignal): Promise<void> {
    await this.engine.callUnlessMissing({
      method: 'network.delete',
      problem: 'Error deleting the Network',
      signal,
      send: (docker) => docker.getNetwork(id).remove(),
      answer: z.unknown(),
    });
  }

  private inspect(name: string, signal: AbortSignal): Promise<NetworkAnswer | undefined> {
    return this.engine.callUnlessMissing({
      method: 'network.inspect',
      problem: 'Error getting info about the Network',
      signal,
      send: (docker) => docker.getNetwork(encodeURIComponent(name)).inspect(),
      answer: networkAnswer,
    });
  }
}

/** Engines leave out zeros at the end of the fraction; with them the texts sort as times. */
function creationTime(network: NetworkAnswer): string {
  const [seconds = '', fraction = ''] = network.Created.replace(/Z$|[+-]\d\d:\d\d$/u, '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}${network.Id}`;
}
