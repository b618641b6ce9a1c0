import { accessSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startDockerEngine } from './machines/docker-engine.js';

/** Starts what all system tests share, once a run. @returns the end of it */
export default async function setUp(): Promise<() => Promise<void>> {
  if (
    process.env['IM_TEST_DOCKER_SOCKET'] === undefined &&
    !(isRoot() && ['dockerd', 'debootstrap', 'ip'].every(isInstalled))
  ) {
    process.stderr.write(
      'The tests with real machines are left out: they need root, docker.io, debootstrap and iproute2, or a Docker Engine named in ' +
        'IM_TEST_DOCKER_SOCKET.\n',
    );
    return async () => {};
  }
  const engine = await startDockerEngine();
  process.env['IM_TEST_DOCKER_SOCKET'] = engine.socketPath;
  return () => engine.stop();
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
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
