import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { WaysOfVm } from '../../libs/contextualization/src/ways.js';
import { answeredWays, probeProgram } from '../../libs/contextualization/src/ways.js';
import { freePort } from '../servers/free-port.js';

describe('the ways to VMs, tried on the control node', () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
    }
  });

  /** A server that greets. @returns its port */
  async function listen(greeting: string, wanted = 0): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(greeting);
    });
    servers.push(server);
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') {
      throw new Error('The server does not listen.');
    }
    return address.port;
  }

  async function answersOf(vms: readonly WaysOfVm[], seconds: number): Promise<Record<string, number>> {
    const output = await new Promise<string>((resolve, reject) => {
      const child = execFile('python3', ['-'], (error, stdout) => {
        if (error === null) {
          resolve(stdout);
        } else {
          reject(new Error('The program failed.', { cause: error }));
        }
      });
      child.stdin?.end(probeProgram(vms, seconds));
    });
    return Object.fromEntries([...answeredWays(output, vms)].map(([imId, { port }]) => [imId, port]));
  }

  const way = (port: number) => ({ host: '127.0.0.1', port });

  it('are taken in their order, and what is no SSH is passed over', async () => {
    const ssh = await listen('SSH-2.0-x\r\n');
    const second = await listen('SSH-2.0-y\r\n');
    const other = await listen('HTTP/1.1 400\r\n');
    const closed = await freePort();

    expect(
      await answersOf(
        [
          { imId: 1, ways: [way(ssh), way(second)], ssh: true },
          { imId: 2, ways: [way(closed), way(other), way(second)], ssh: true },
          { imId: 3, ways: [way(closed), { host: 'no-such-host.invalid', port: 22 }], ssh: true },
          { imId: 4, ways: [way(other)], ssh: false },
          { imId: 5, ways: [], ssh: true },
        ],
        1,
      ),
    ).toEqual({ 1: ssh, 2: second, 4: other });
  });

  it('are waited for while a VM boots', async () => {
    const port = await freePort();
    const answers = answersOf([{ imId: 1, ways: [way(port)], ssh: true }], 20);
    await listen('SSH-2.0-x\r\n', port);

    expect(await answers).toEqual({ 1: port });
  });
});
