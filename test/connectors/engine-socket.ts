/** Path of the socket of the Docker Engine of the tests; it has the image `im-test:1`. */
export async function engineSocket(): Promise<string> {
  return process.env['IM_TEST_DOCKER_SOCKET'] ?? '/var/run/docker.sock';
}
