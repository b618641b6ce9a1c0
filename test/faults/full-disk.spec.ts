import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeCloud, fakeMachines } from '../servers/fake-cloud.js';
import { freePort } from '../servers/free-port.js';
import { mayMount, SmallDisk } from '../servers/small-disk.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

describe.skipIf(!mayMount)('a service whose disk is full', () => {
  let disk: SmallDisk;
  let service: StandaloneServer;
  let cloud: FakeCloud;

  beforeEach(async () => {
    disk = await SmallDisk.mount(8);
    service = await startStandalone({ dataDir: disk.folder, port: await freePort() });
    cloud = await FakeCloud.open(service);
  });
  afterEach(async () => {
    await service.stop();
    cloud.server.close();
    await disk.unmount();
  });

  /** Asks for infrastructures until there is no room for another. */
  async function fillUp(): Promise<string> {
    await disk.fill();
    for (let request = 0; request < 200; request++) {
      const answer = await cloud.client.request('POST', '/infrastructures?async=yes', {
        body: 'network net ()\n'.padEnd(10_000, '# a long comment\n'),
      });
      if (answer.status !== 200) {
        expect(answer.status).toBe(503);
        return answer.text;
      }
    }
    throw new Error('The disk never was full.');
  }

  it('refuses changes with 503 and the reason, goes on reading, and recovers by itself when there is room', async () => {
    const id = await cloud.client.create(fakeMachines(1));
    await cloud.client.untilState(id, ['configured']);

    const refusal = await fillUp();

    expect(refusal).toMatch(
      /^Error Creating Inf\.: The database file \/.*\/im\.sqlite cannot be used: database or disk is full$/u,
    );
    expect(await cloud.client.state(id)).toBe('configured');
    expect(await cloud.client.vms(id)).toEqual(['0']);
    expect((await cloud.client.destroy(id)).status).toBe(503);
    await disk.free();
    const other = await cloud.client.create(fakeMachines(1));
    await cloud.client.untilState(other, ['configured']);
    await cloud.close();
  });

  it('takes up what was under way when there is room, and loses no machine', async () => {
    const hold = cloud.server.fail(/\/containers\/create/u, { hold: true });
    const id = await cloud.client.create(fakeMachines(3), '?async=yes');
    await hold.reached;
    await fillUp();

    hold.end();
    await cloud.server.seen(/POST .*\/start/u);
    await disk.free();

    await cloud.client.untilState(id, ['configured'], 90_000);
    expect(await cloud.client.vms(id)).toEqual(['0', '1', '2']);
    expect(cloud.engine.containers.size).toBe(3);
    await cloud.close();
  });

  it('survives its own end: what was under way goes on after the next start', async () => {
    const hold = cloud.server.fail(/\/containers\/create/u, { hold: true });
    const id = await cloud.client.create(fakeMachines(2), '?async=yes');
    await hold.reached;
    await fillUp();
    hold.end();
    await cloud.server.seen(/POST .*\/start/u);

    await service.kill9();
    await disk.free();
    await service.restart();

    await cloud.client.untilState(id, ['configured'], 90_000);
    expect(cloud.engine.containers.size).toBe(2);
    await cloud.close();
  });
});

describe.skipIf(!mayMount)('a service whose log has a full disk', () => {
  it('goes on without it', async () => {
    const disk = await SmallDisk.mount(1);
    const service = await startStandalone({
      env: { IM_LOG_FILE: join(disk.folder, 'im.log'), IM_LOG_LEVEL: 'DEBUG' },
    });
    const cloud = await FakeCloud.open(service);
    try {
      await disk.fill();
      const id = await cloud.client.create(fakeMachines(2));
      await cloud.client.untilState(id, ['configured']);
      await cloud.close();
      expect(await service.stop()).toBe(0);
    } finally {
      await service.stop();
      cloud.server.close();
      await disk.unmount();
    }
  });
});
