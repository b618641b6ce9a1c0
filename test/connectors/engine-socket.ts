/**
 * Path of the socket of the Docker Engine of the tests (test/machines/README.md); empty when there is none, and the tests that need it
 * are left out.
 */
export function engineSocket(): string {
  return process.env['IM_TEST_DOCKER_SOCKET'] ?? '';
}
