import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabaseServer } from '../servers/mariadb.js';
import { startMariadb } from '../servers/mariadb.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import type { TcpProxy } from '../servers/tcp-proxy.js';
import { startTcpProxy } from '../servers/tcp-proxy.js';
import { until } from '../servers/until.js';
import { ApiUser } from './api-user.js';
import { machines } from './documents.js';

let database: TestDatabaseServer;
let target: { host: string; port: number };
let way: TcpProxy;
let server: StandaloneServer;
let ana: ApiUser;
let path: string;

beforeAll(async () => {
  database = await startMariadb();
  const url = new URL(await database.createDatabase());
  target = { host: url.hostname, port: Number(url.port === '' ? '3306' : url.port) };
  way = await startTcpProxy(target.host, target.port);
  url.hostname = '127.0.0.1';
  url.port = String(way.port);
  server = await startStandalone({ env: { IM_DATA_DB: url.href } });
  ana = new ApiUser(server.url, 'ana');
  path = await ana.create(machines());
});

afterAll(async () => {
  await server.stop();
  await way.cut();
  await database.stop();
});

describe('without its database', () => {
  it('the service lives, says that it is not ready and why, and is ready again afterwards', async () => {
    const readiness = () => ana.get('/health/ready', { authorization: null });
    expect(await readiness()).toMatchObject({ status: 200, text: '{"status":"ok"}' });

    await way.cut();
    const problem = await until(readiness, ({ status }) => status !== 200);
    expect(problem).toMatchObject({ status: 503, type: 'application/json' });
    expect(JSON.parse(problem.text)).toMatchObject({
      status: 'unavailable',
      problems: { database: expect.any(String) as string },
    });
    expect(await ana.get('/health/live')).toMatchObject({ status: 200 });
    expect(await ana.get('/version')).toMatchObject({ status: 200 });

    await restore();
    await until(readiness, ({ status }) => status === 200);
  });

  it('what was read lately can still be read, and changes are refused without internals', async () => {
    await ana.get(path);
    await way.cut();

    expect(await ana.get(path)).toMatchObject({ status: 200, text: `${server.url}${path}/vms/0` });
    const refused = await ana.post('/infrastructures', { body: machines() });
    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(refused.text).not.toMatch(/ECONN|SELECT|INSERT|mysql|password/i);

    await restore();
    await until(
      () => ana.post('/infrastructures', { body: machines() }),
      ({ status }) => status === 200,
    );
  });
});

async function restore(): Promise<void> {
  way = await startTcpProxy(target.host, target.port, way.port);
}
