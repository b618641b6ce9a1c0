import { accessSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import Docker from 'dockerode';
import type { DockerEngine } from '../test/machines/docker-engine.js';
import { startDockerEngine } from '../test/machines/docker-engine.js';
import { testImage } from '../test/machines/image.js';
import { LeftOut } from './figure.js';
import type { Owned } from './owned.js';

const neededPrograms = ['dockerd', 'docker', 'debootstrap', 'ip'];

/**
 * The Docker Engine of the tests, which knows the machine image by each of the given names.
 * @throws LeftOut where none can be had
 */
export async function engineWithImages(owned: Owned, images: readonly string[]): Promise<DockerEngine> {
  const missing = neededPrograms.filter((program) => !isInstalled(program));
  if (
    process.env['IM_TEST_DOCKER_SOCKET'] === undefined &&
    (process.getuid?.() !== 0 || missing.length > 0)
  ) {
    throw new LeftOut(
      `it needs a Docker Engine, so root with ${neededPrograms.join(', ')}, or an engine named in IM_TEST_DOCKER_SOCKET.`,
    );
  }
  const engine = await startDockerEngine();
  owned.add(() => engine.stop());
  const docker = new Docker({ socketPath: engine.socketPath });
  for (const image of images) {
    const present = await docker.listImages({ filters: { reference: [image] } });
    if (present.length === 0) {
      const [repo = image, tag = 'latest'] = image.split(':');
      await docker.getImage(testImage).tag({ repo, tag });
    }
  }
  return engine;
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program));
      return true;
    } catch {
      return false;
    }
  });
}
