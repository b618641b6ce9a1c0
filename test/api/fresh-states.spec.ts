import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';
import { ApiUser } from './api-user.js';
import { machines } from './documents.js';

let server: StandaloneServer;

beforeAll(async () => {
  // What a cloud said is old at once.
  server = await startStandalone({ env: { IM_VM_INFO_UPDATE_FREQUENCY: '0' } });
});

afterAll(async () => {
  await server.stop();
});

const refreshes = /^im_operations_total\{kind="refresh",outcome="succeeded"\} (\d+)$/m;

async function refreshCount(user: ApiUser): Promise<number> {
  return Number(refreshes.exec((await user.get('/metrics')).text)?.[1] ?? 0);
}

it('a state is asked of the cloud for those who sent its credentials, and is the last known one for others', async () => {
  const ana = new ApiUser(server.url, 'ana');
  const without = new ApiUser(server.url, 'ana', []);
  const other = new ApiUser(server.url, 'ana', ['id = other; type = Dummy; host = other.example.org']);
  const path = await ana.create(machines());
  const before = await refreshCount(ana);

  for (const reader of [without, other]) {
    expect(await reader.state(path)).toBe('configured');
    expect(await reader.get(`${path}/vms/0`)).toMatchObject({ status: 200 });
  }
  expect(await refreshCount(ana)).toBe(before);

  await until(
    async () => [await ana.state(path), await refreshCount(ana)] as const,
    ([state, count]) => state === 'configured' && count > before,
  );
});
