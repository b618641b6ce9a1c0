import { readFileSync } from 'node:fs';
import { parseRadl } from '@im/radl';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineSocket } from '../connectors/engine-socket.js';
import { outputOf, sshTarget } from '../connectors/ssh-login.js';
import { freePort } from '../servers/free-port.js';
import { atEngine, leftBehind } from '../servers/leak-check.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';

const example = (name: string): string =>
  readFileSync(new URL(`../../examples/${name}.radl`, import.meta.url), 'utf8');
const configuredLimitMs = 150_000;

describe.skipIf(engineSocket() === '')('the examples for Docker (need a Docker Engine)', () => {
  let docker: Docker;
  let service: StandaloneServer;
  let client: RestClient;

  beforeAll(async () => {
    docker = new Docker({ socketPath: engineSocket() });
    service = await startStandalone();
    client = new RestClient(
      service.url,
      authorizationOf('examples', [`id = docker; type = Docker; host = unix://${engineSocket()}`]),
    );
  });

  afterAll(async () => {
    for (const id of await client.ids()) {
      await client.destroy(id);
    }
    expect(await leftBehind({ dataDir: service.dataDir, docker })).toEqual([]);
    await service.stop();
  });

  /** Waits until nothing is configured any more; fails with the log when it did not end well. */
  async function untilConfigured(id: string): Promise<void> {
    const state = await client.untilState(id, ['configured', 'unconfigured', 'failed'], configuredLimitMs);
    expect(state, await client.contmsg(id)).toBe('configured');
  }

  it('one machine: Ansible configures it, and contmsg shows what it did', async () => {
    const id = await client.create(example('docker-one-machine'));
    await untilConfigured(id);

    const log = await client.contmsg(id);
    expect(log).toContain('Select master VM\n');
    expect(log).toContain('Copying YAML, hosts and inventory files.\n');
    expect(log).toMatch(/^VM 0:\nLaunch task: basic\n/m);
    expect(log).toMatch(/TASK \[Say hello\] \*+\n.*\nchanged: \[\d/);
    expect(log).toMatch(/"msg": "This machine has \d+ CPUs"/);
    expect(log).toContain('Task machine_machine finished successfully\n');

    const vm = parseRadl((await client.request('GET', `/infrastructures/${id}/vms/0`)).text);
    // Readable for all, as Ansible leaves it on any other machine.
    expect(await outputOf(sshTarget(vm, 0), 'stat -c %a /etc/hello; cat /etc/hello')).toBe(
      '644\nHello from vnode-0\n',
    );

    expect((await client.destroy(id)).status).toBe(200);
    expect(await atEngine(docker, id)).toEqual([]);
  });

  describe('a front and two workers', () => {
    let id: string;
    /** Address of the web page of the front. */
    let page: string;

    beforeAll(async () => {
      // Port 8080 of the example may be in use here.
      const port = await freePort();
      page = `http://127.0.0.1:${port}/`;
      id = await client.create(example('docker-front-and-workers').replace('8080/tcp-80', `${port}/tcp-80`));
      await untilConfigured(id);
    });

    /** Lines of the page for which a worker stands. */
    async function workersOnPage(): Promise<string[]> {
      const text = await until(
        async () => fetch(page).then((response) => response.text(), String),
        (answer) => answer.includes(id),
      );
      return [...text.matchAll(/<p>(\S+) at /g)].map((found) => found[1] ?? '');
    }

    async function put(path: string): Promise<void> {
      const answer = await client.request('PUT', `/infrastructures/${id}/${path}`);
      expect(answer.status, answer.text).toBe(200);
    }

    it('serves the page with a line per worker', async () => {
      expect(await workersOnPage()).toEqual(['worker-1', 'worker-2']);
      const log = await client.contmsg(id);
      expect(log).toContain('Task prepare_worker_worker finished successfully');
      expect(log.indexOf('TASK [Fetch the line of every worker]')).toBeGreaterThan(0);
    });

    it('grows by a worker', async () => {
      const answer = await client.request('POST', `/infrastructures/${id}`, {
        body: 'network public network private system worker deploy worker 1',
      });
      expect(answer.text).toMatch(/vms\/3$/);
      await untilConfigured(id);
      expect(await workersOnPage()).toEqual(['worker-1', 'worker-2', 'worker-3']);
    });

    it('shrinks by a worker', async () => {
      expect((await client.request('DELETE', `/infrastructures/${id}/vms/1`)).status).toBe(200);
      await untilConfigured(id);
      expect(await client.vms(id)).toEqual(['0', '2', '3']);
      expect(await workersOnPage()).toEqual(['worker-2', 'worker-3']);
      const containers = (await atEngine(docker, id)).filter((thing) => thing.startsWith('container '));
      expect(containers).toHaveLength(3);
    });

    it('is configured anew with another recipe', async () => {
      const recipe = `configure prepare_worker (
@begin
---
- tasks:
    - copy: { content: "{{ IM_NODE_HOSTNAME }} at its desk\\n", dest: /srv/worker.txt }
@end
)`;
      const answer = await client.request('PUT', `/infrastructures/${id}/reconfigure`, { body: recipe });
      expect(answer.status, answer.text).toBe(200);
      await untilConfigured(id);
      expect(await workersOnPage()).toEqual(['worker-2', 'worker-3']);
      expect(await (await fetch(page)).text()).toContain('worker-2 at its desk');
    });

    it('stops, starts, and serves its page again after a reconfigure', async () => {
      await put('stop');
      expect(await client.state(id)).toBe('stopped');
      await expect(fetch(page)).rejects.toThrow();
      await put('start');
      expect(await client.untilState(id, ['configured'])).toBe('configured');
      await put('reconfigure');
      await untilConfigured(id);
      expect(await workersOnPage()).toEqual(['worker-2', 'worker-3']);
    });

    it('leaves nothing at the engine when it is destroyed', async () => {
      expect((await client.destroy(id)).status).toBe(200);
      expect((await client.request('GET', `/infrastructures/${id}`)).status).toBe(404);
      expect(await atEngine(docker, id)).toEqual([]);
    });
  });
});
