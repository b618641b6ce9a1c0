import { access } from 'node:fs/promises';

/**
 * Path of the socket of the Docker Engine of the tests, which has the image `im-test:1` (a Debian with sshd and python3): that of
 * IM_TEST_DOCKER_SOCKET, else the usual one.
 */
export async function engineSocket(): Promise<string> {
  const path = process.env['IM_TEST_DOCKER_SOCKET'] ?? '/var/run/docker.sock';
  await access(path).catch((error: unknown) => {
    throw new Error(
      `No Docker Engine listens at ${path}: start one, or name another with IM_TEST_DOCKER_SOCKET.`,
      {
        cause: error,
      },
    );
  });
  return path;
}
