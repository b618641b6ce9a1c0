import Docker from 'dockerode';
import { describe, expect, it } from 'vitest';
import { testImage } from './image.js';

const socketPath = process.env['IM_TEST_DOCKER_SOCKET'];

describe.skipIf(socketPath === undefined)('machines for the tests (needs a Docker Engine)', () => {
  it('come with sshd, python3 and Ansible', async () => {
    const docker = new Docker({ socketPath: socketPath ?? '' });
    const container = await docker.createContainer({
      Image: testImage,
      Cmd: [
        'sh',
        '-c',
        'test -x /usr/sbin/sshd && python3 --version && ansible-playbook --version | head -1',
      ],
    });
    try {
      await container.start();
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      const output = (await container.logs({ stdout: true, stderr: true })).toString('utf8');

      expect(output).toMatch(/Python 3[\s\S]*ansible-playbook \[core 2/);
      expect(StatusCode).toBe(0);
    } finally {
      await container.remove({ force: true });
    }
  });
});
