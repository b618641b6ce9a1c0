import { CloudError } from '@im/domain';
import type Docker from 'dockerode';
import { z } from 'zod';
import type { ContainerView } from './container-facts.js';
import { inspectedContainer, listedContainer } from './container-facts.js';
import type { ContainerInterface } from './container-networks.js';
import type { ContainerPlan } from './container-plan.js';
import { containerOptions, endpointSettings } from './container-plan.js';
import type { DockerEngine } from './docker-engine.js';
import { containerAnswer, containerListAnswer } from './engine-answers.js';
import { ownerFilter } from './labels.js';

const createdAnswer = z.object({ id: z.string() });
/** Seconds until a container that does not stop by itself is killed. */
const stopSeconds = 10;

/** Containers of one engine, by id or name. */
export class Containers {
  constructor(private readonly engine: DockerEngine) {}

  /**
   * The container of a plan, made unless it exists: its name is that of the launch token, so that a repeated launch finds it.
   * @throws CloudError `Conflict` when the name is taken by a container without the token
   */
  async createOrAdopt(plan: ContainerPlan, signal: AbortSignal): Promise<ContainerView> {
    const known = await this.find(plan.name, signal);
    if (known === undefined) {
      await this.create(plan, signal);
      return this.named(plan.name, signal);
    }
    if (known.token !== plan.token) {
      throw new CloudError('Conflict', `The Docker server has a container ${plan.name} of somebody else.`);
    }
    return known;
  }

  /** Connects a container to the networks that it does not have yet. */
  async connect(
    container: ContainerView,
    interfaces: readonly ContainerInterface[],
    signal: AbortSignal,
  ): Promise<void> {
    // One after another: the order decides the names of the interfaces in the container.
    for (const one of interfaces) {
      const name = one.dockerNetwork ?? 'bridge';
      if (container.networks[name] === undefined) {
        await this.connectTo(container.id, name, one, signal);
      }
    }
  }

  async find(idOrName: string, signal: AbortSignal): Promise<ContainerView | undefined> {
    const answer = await this.engine.callUnlessMissing({
      method: 'container.inspect',
      problem: 'Error getting info about the Container',
      signal,
      send: (docker) => containerOf(docker, idOrName).inspect(),
      answer: containerAnswer,
    });
    return answer === undefined ? undefined : inspectedContainer(answer);
  }

  /** @throws CloudError `NotFound` */
  async named(idOrName: string, signal: AbortSignal): Promise<ContainerView> {
    const container = await this.find(idOrName, signal);
    if (container === undefined) {
      throw new CloudError('NotFound', `The container ${idOrName} does not exist any more.`);
    }
    return container;
  }

  /** All containers that were launched for an infrastructure, running or not, in one call. */
  async ofInfrastructure(
    infrastructureId: string,
    cloudId: string,
    signal: AbortSignal,
  ): Promise<ContainerView[]> {
    const answer = await this.engine.call({
      method: 'container.list',
      problem: 'Error getting info about the Containers',
      signal,
      send: (docker) => docker.listContainers({ all: true, filters: ownerFilter(infrastructureId, cloudId) }),
      answer: containerListAnswer,
    });
    return answer.map(listedContainer);
  }

  start(id: string, signal: AbortSignal): Promise<unknown> {
    return this.act('start', 'Error starting the Container', signal, (docker) =>
      containerOf(docker, id).start(),
    );
  }

  stop(id: string, signal: AbortSignal): Promise<unknown> {
    return this.act('stop', 'Error stopping the Container', signal, (docker) =>
      containerOf(docker, id).stop({ t: stopSeconds }),
    );
  }

  restart(id: string, signal: AbortSignal): Promise<unknown> {
    return this.act('restart', 'Error restarting the Container', signal, (docker) =>
      containerOf(docker, id).restart({ t: stopSeconds }),
    );
  }

  update(
    id: string,
    limits: { NanoCpus?: number; Memory?: number; MemorySwap?: number },
    signal: AbortSignal,
  ): Promise<unknown> {
    return this.act('update', 'Error changing the Container', signal, (docker) =>
      containerOf(docker, id).update(limits),
    );
  }

  /**
   * Deletes a container with its anonymous volumes, and looks whether it is gone; one that does not exist is success.
   * @throws CloudError `Conflict` when the engine still has it
   */
  async remove(idOrName: string, signal: AbortSignal): Promise<void> {
    try {
      await this.act('delete', 'Error deleting the Container', signal, (docker) =>
        containerOf(docker, idOrName).remove({ force: true, v: true }),
      );
    } catch (error) {
      // Conflict: somebody else is deleting it at this moment.
      if (!(error instanceof CloudError && (error.code === 'NotFound' || error.code === 'Conflict'))) {
        throw error;
      }
    }
    const left = await this.find(idOrName, signal);
    if (left !== undefined) {
      throw new CloudError(
        'Conflict',
        `Error deleting the Container: the Docker server still has ${idOrName}.`,
      );
    }
  }

  /** What the containers of this service were given, over all infrastructures of the engine. */
  async usage(signal: AbortSignal): Promise<{ cpus: number; memoryGiB: number }> {
    const answer = await this.engine.call({
      method: 'container.list',
      problem: 'Error getting info about the Containers',
      signal,
      send: (docker) => docker.listContainers({ filters: { label: ['im.token'] } }),
      answer: containerListAnswer,
    });
    const sum = (label: string): number =>
      answer.reduce((total, { Labels }) => total + (Number(Labels?.[label] ?? 0) || 0), 0);
    return { cpus: sum('im.cpus'), memoryGiB: Math.round((sum('im.memory') / 2 ** 30) * 10) / 10 };
  }

  private async create(plan: ContainerPlan, signal: AbortSignal): Promise<void> {
    try {
      await this.engine.call({
        method: 'container.create',
        problem: 'Error creating the Container',
        signal,
        send: (docker) => docker.createContainer({ name: plan.name, ...containerOptions(plan) }),
        answer: createdAnswer,
      });
    } catch (error) {
      // Conflict: another attempt of the same launch was faster.
      if (!(error instanceof CloudError && error.code === 'Conflict')) {
        throw error;
      }
      if ((await this.beingCreated(plan.name, signal)).token !== plan.token) {
        throw error;
      }
    }
  }

  /** A name is taken some moments before its container can be seen. */
  private async beingCreated(name: string, signal: AbortSignal): Promise<ContainerView> {
    const answer = await this.engine.call({
      method: 'container.inspect',
      problem: 'Error getting info about the Container',
      signal,
      send: async (docker) => {
        try {
          return await containerOf(docker, name).inspect();
        } catch (error) {
          if (error instanceof CloudError && error.code === 'NotFound') {
            throw new CloudError('Unavailable', error.message, { cause: error });
          }
          throw error;
        }
      },
      answer: containerAnswer,
    });
    return inspectedContainer(answer);
  }

  private async connectTo(
    containerId: string,
    name: string,
    one: ContainerInterface,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.engine.call({
        method: 'network.connect',
        problem: 'Error attaching to networks the Container',
        signal,
        send: (docker) =>
          docker
            .getNetwork(encodeURIComponent(name))
            .connect({ Container: containerId, EndpointConfig: endpointSettings(one) }),
        answer: z.unknown(),
      });
    } catch (error) {
      // Another attempt of the same launch may have connected it; engines have different statuses for that.
      const current = await this.find(containerId, signal);
      if (current?.networks[name] === undefined) {
        throw error;
      }
    }
  }

  private act(
    action: string,
    problem: string,
    signal: AbortSignal,
    send: (docker: Docker) => Promise<unknown>,
  ): Promise<unknown> {
    return this.engine.call({ method: `container.${action}`, problem, signal, send, answer: z.unknown() });
  }
}

function containerOf(docker: Docker, idOrName: string): Docker.Container {
  return docker.getContainer(encodeURIComponent(idOrName));
}
