import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ContractInfrastructure } from '../contract/contract-infrastructure.js';
import { openCloud } from '../contract/open-cloud.js';

const document = `
  network priv ()
  system machine (
    cpu.count = 1 and memory.size = 256M and disk.0.image.url = 'docker://im-test:1' and
    net_interface.0.connection = 'priv'
  )`;

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** Two workers may make a network of the same name at once; engines before 25 let them. */
describe('several networks of one name', () => {
  it('become the one that was made first', async () => {
    const { left, prepared } = await preparedAmong({
      first: '2026-01-01T00:00:00.1Z',
      second: '2026-01-01T00:00:00.09Z',
    });

    expect(left).toEqual(['second']);
    expect(prepared).toBe('second');
  });

  it('become the one in use, when its worker saw no other before it went on', async () => {
    const { left, prepared } = await preparedAmong(
      { first: '2026-01-01T00:00:00.1Z', second: '2026-01-01T00:00:00.09Z' },
      'first',
    );

    expect(left).toEqual(['first']);
    expect(prepared).toBe('first');
  });
});

/**
 * Prepares an infrastructure whose network an engine has several times.
 * @param created times by id
 * @param used the one that cannot be deleted
 */
async function preparedAmong(
  created: Record<string, string>,
  used?: string,
): Promise<{ left: string[]; prepared: string | null | undefined }> {
  const left = new Set(Object.keys(created));
  let name = '';
  const engine = createServer((request, response) => {
    const [status, body] = answerTo(`${request.method} ${request.url}`);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  const answerTo = (call: string): [number, object] => {
    const deleted = /^DELETE .*\/networks\/(\w+)$/u.exec(call)?.[1];
    if (deleted !== undefined) {
      return deleted === used
        ? [
            403,
            { message: `error while removing network: network ${name} id ${deleted} has active endpoints` },
          ]
        : [left.delete(deleted) ? 204 : 404, {}];
    }
    if (call === 'GET /version') {
      return [200, { ApiVersion: '1.41' }];
    }
    if (call.includes('/networks?')) {
      return [200, [...left].map((Id) => ({ Id, Name: name, Created: created[Id] }))];
    }
    return call.includes('/info') ? [200, { NCPU: 4, MemTotal: 8e9, ContainersRunning: 0 }] : [404, {}];
  };
  server = engine;
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
  const { port } = engine.address() as AddressInfo;
  const infrastructure = new ContractInfrastructure(
    openCloud({ id: 'd', type: 'Docker', host: `http://127.0.0.1:${port}` }),
    document,
  );
  name = `im_${infrastructure.id}_priv`;
  await infrastructure.prepare(await infrastructure.plan());
  const row = (await infrastructure.ledger.open()).find(({ kind }) => kind === 'network');
  return { left: [...left], prepared: row?.providerId };
}
