import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Docker from 'dockerode';
import { imageArchive, testImage } from './image.js';
import { run } from './run.js';

const startLimitMs = 60_000;

/** A real Docker Engine with the machine image. */
export interface DockerEngine {
  socketPath: string;
  /** Ends the engine when it was started here; nothing otherwise. */
  stop(): Promise<void>;
}

/**
 * The engine of IM_TEST_DOCKER_SOCKET, else one that is started here (which needs root and dockerd) in a temporary folder, with a bridge
 * of its own and without touching the firewall: containers are reached by their addresses and by published ports.
 */
export async function startDockerEngine(): Promise<DockerEngine> {
  const given = process.env['IM_TEST_DOCKER_SOCKET'];
  if (given !== undefined) {
    await importImage(given);
    return { socketPath: given, stop: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'im-docker-'));
  const bridge = `imt${process.pid % 100_000}`;
  const subnet = process.pid % 200;
  await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await run('ip', ['addr', 'add', `10.213.${subnet}.1/24`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
  const engine = new StartedEngine(folder, bridge, launch(folder, bridge, subnet));
  try {
    await engine.untilItAnswers();
    await importImage(engine.socketPath);
    await tagAsPublicImage(engine.socketPath);
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

function launch(folder: string, bridge: string, subnet: number): ChildProcess {
  const log = openSync(join(folder, 'log'), 'w');
  const child = spawn(
    'dockerd',
    [
      `--host=unix://${folder}/docker.sock`,
      `--data-root=${folder}/data`,
      `--exec-root=${folder}/exec`,
      `--pidfile=${folder}/pid`,
      `--bridge=${bridge}`,
      '--iptables=false',
      '--ip-forward=false',
      `--default-address-pool=base=10.${214 + (subnet % 30)}.0.0/16,size=24`,
    ],
    { stdio: ['ignore', log, log] },
  );
  closeSync(log);
  return child;
}

class StartedEngine implements DockerEngine {
  readonly socketPath: string;

  constructor(
    private readonly folder: string,
    private readonly bridge: string,
    private readonly child: ChildProcess,
  ) {
    this.socketPath = join(folder, 'docker.sock');
  }

  async untilItAnswers(): Promise<void> {
    const docker = new Docker({ socketPath: this.socketPath });
    const until = Date.now() + startLimitMs;
    while (Date.now() < until && this.child.exitCode === null) {
      const answered = await docker.ping().then(
        () => true,
        () => false,
      );
      if (answered) {
        return;
      }
      await pause(100);
    }
    throw new Error(`dockerd did not start:\n${readFileSync(join(this.folder, 'log'), 'utf8').slice(-2000)}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      await removeContainers(this.socketPath);
      const ended = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await ended;
    }
    await run('ip', ['link', 'del', this.bridge]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function removeContainers(socketPath: string): Promise<void> {
  const docker = new Docker({ socketPath });
  const containers = await docker.listContainers({ all: true });
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
}

/** Examples name a public image; an engine without a registry has ours under that name. */
async function tagAsPublicImage(socketPath: string): Promise<void> {
  const docker = new Docker({ socketPath });
  await docker.getImage(testImage).tag({ repo: 'debian', tag: '12' });
}

async function importImage(socketPath: string): Promise<void> {
  const docker = new Docker({ socketPath });
  const present = await docker.listImages({ filters: { reference: [testImage] } });
  if (present.length === 0) {
    await run('docker', ['-H', `unix://${socketPath}`, 'import', await imageArchive(), testImage]);
  }
}
