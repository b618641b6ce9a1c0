import type Docker from 'dockerode';
import { expect } from 'vitest';
import { atEngine, engineAt, leftBehind } from './leak-check.js';
import { authorizationOf, RestClient } from './rest-client.js';
import type { StandaloneServer } from './standalone.js';

/** What a program in a container did. */
export interface ExecutedProgram {
  code: number;
  output: string;
}

/** Real containers as a cloud, for one user of a service; its id is `one`. */
export class ContainerCloud {
  readonly client: RestClient;
  /** The engine, past the service. */
  readonly docker: Docker;

  /** @param socketPath of a Docker Engine with the image `im-test:1` */
  constructor(
    private readonly service: Pick<StandaloneServer, 'url' | 'dataDir'>,
    socketPath: string,
    username: string,
  ) {
    this.docker = engineAt(socketPath);
    const line = `id = one; type = Docker; host = unix://${socketPath}`;
    this.client = new RestClient(service.url, authorizationOf(username, [line]));
  }

  /** Containers of an infrastructure in the order of their VMs. */
  async containers(infrastructureId: string): Promise<Docker.Container[]> {
    const filters = { label: [`im.inf_id=${infrastructureId}`] };
    const found = await this.docker.listContainers({ all: true, filters });
    return found
      .toSorted((a, b) => Number(a.Labels['im.im_id']) - Number(b.Labels['im.im_id']))
      .map(({ Id }) => this.docker.getContainer(Id));
  }

  /** Runs a shell text in the container of a VM. */
  async run(infrastructureId: string, vm: number, script: string): Promise<ExecutedProgram> {
    const container = (await this.containers(infrastructureId))[vm];
    if (container === undefined) {
      throw new Error(`The VM ${vm} has no container.`);
    }
    const program = await container.exec({
      Cmd: ['sh', '-c', script],
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
    });
    const stream = await program.start({ Tty: true });
    let output = '';
    for await (const part of stream) {
      output += String(part);
    }
    const { ExitCode: code } = await program.inspect();
    return { code: code ?? -1, output };
  }

  /** Destroys what the user has, and expects that nothing of it is left. */
  async close(): Promise<void> {
    for (const id of await this.client.ids()) {
      const answer = await this.client.destroy(id);
      // A destroy that was under way may have come to its end just now.
      expect([200, 404], answer.text).toContain(answer.status);
      expect(await atEngine(this.docker, id)).toEqual([]);
    }
    expect(await leftBehind({ dataDir: this.service.dataDir, docker: this.docker })).toEqual([]);
  }
}

/**
 * Makes an image that differs from `im-test:1` by what a shell text changed in it.
 * @returns its name; the caller removes it
 */
export async function changedImage(docker: Docker, name: string, script: string): Promise<string> {
  const container = await docker.createContainer({ Image: 'im-test:1', Cmd: ['sh', '-c', script] });
  try {
    await container.start();
    await container.wait();
    await container.commit({ repo: name, tag: '1' });
  } finally {
    await container.remove({ force: true });
  }
  return `${name}:1`;
}
