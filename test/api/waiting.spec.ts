import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { ApiUser } from './api-user.js';
import { machines } from './documents.js';

/** A provider that takes connections and never says a word. */
const silent = createServer((socket) => socket.on('error', () => socket.destroy()));
let server: StandaloneServer;
let ana: ApiUser;

beforeAll(async () => {
  const port = await freePort();
  await new Promise<void>((resolve) => {
    silent.listen(port, '127.0.0.1', resolve);
  });
  server = await startStandalone({ env: { IM_REST_BLOCKING_CALL_TIMEOUT: '1' } });
  ana = new ApiUser(server.url, 'ana', [
    `id = silent; type = Docker; host = http://127.0.0.1:${port}`,
    'id = dummy; type = Dummy',
  ]);
});

afterAll(async () => {
  await server.stop();
  silent.close();
});

describe('a request that takes longer than REST_BLOCKING_CALL_TIMEOUT', () => {
  const late = { status: 504, type: 'text/plain', text: 'Operation timed out' };

  it('is answered 504, whatever it asked for', async () => {
    const onSilent = machines()
      .replace('mock0://linux.for.ev.er/image1', 'docker://im-test:1')
      .replace('deploy node 1', 'deploy node 1 silent');

    expect(await ana.get('/clouds/silent/images')).toMatchObject(late);
    expect(await ana.post('/infrastructures', { body: onSilent })).toMatchObject(late);
    expect(await ana.post('/infrastructures', { body: onSilent, accept: 'application/json' })).toMatchObject({
      status: 504,
      text: '{"message":"Operation timed out","code":504}',
    });
  });

  it('goes on, and can be destroyed', async () => {
    const [id = ''] = await ana.ids();

    expect(await ana.state(`/infrastructures/${id}`)).toBe('pending');
    expect((await ana.delete(`/infrastructures/${id}?async=1&force=1`)).status).toBe(200);
  });

  it('does not keep others from being answered', async () => {
    const slow = ana.get('/clouds/silent/images');

    expect(await ana.create(machines().replace('deploy node 1', 'deploy node 1 dummy'))).toMatch(
      /^\/infrastructures\//,
    );
    expect((await slow).status).toBe(504);
  });
});
