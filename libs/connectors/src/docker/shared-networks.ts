import type { CloudResource, CloudScope } from '@im/domain';
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

  /** Deletes a network that was made for the infrastructure; one that is somebody else's stays. */
  async remove(scope: CloudScope, row: CloudResource): Promise<void> {
    const network = await this.inspect(row.token, scope.signal);
    if (network !== undefined && this.isOwn(scope, network)) {
      await this.delete(network.Id, scope.signal);
    }
    await scope.ledger.gone(row);
  }

  /** Ids of networks that carry the labels of the infrastructure. */
  async ofInfrastructure(scope: CloudScope): Promise<string[]> {
    const answer = await this.engine.call({
      method: 'network.list',
      problem: 'Error getting info about the Networks',
      signal: scope.signal,
      send: (docker) => docker.listNetworks({ filters: ownerFilter(scope.infrastructureId, this.cloudId) }),
      answer: networkListAnswer,
    });
    return answer.map(({ Id }) => Id);
  }

  async delete(id: string, signal: AbortSignal): Promise<void> {
    await this.engine.callUnlessMissing({
      method: 'network.delete',
      problem: 'Error deleting the Network',
      signal,
      send: (docker) => docker.getNetwork(id).remove(),
      answer: z.unknown(),
    });
  }

  private async ensureOwn(scope: CloudScope, name: string, one: ContainerInterface): Promise<void> {
    const row = await scope.ledger.intend({ kind: 'network', token: name, vmId: null });
    const known = await this.inspect(name, scope.signal);
    if (known !== undefined && !this.isOwn(scope, known)) {
      throw new CloudError(
        'Conflict',
        `The Docker server has a network ${name} that does not belong to this infrastructure.`,
      );
    }
    const id = known?.Id ?? (await this.create(scope, name, one));
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

  /** Names of networks are unique in current engines; older ones must be asked to check. */
  private async create(scope: CloudScope, name: string, one: ContainerInterface): Promise<string> {
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
      const other = error instanceof CloudError && error.code === 'Conflict';
      const known = other ? await this.inspect(name, scope.signal) : undefined;
      if (known === undefined || !this.isOwn(scope, known)) {
        throw error;
      }
      return known.Id;
    }
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

  private isOwn(scope: CloudScope, network: NetworkAnswer): boolean {
    return network.Labels?.['im.inf_id'] === scope.infrastructureId;
  }
}
