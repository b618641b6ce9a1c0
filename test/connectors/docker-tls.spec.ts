import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { openCloud } from '@im/connectors/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineSocket } from './engine-socket.js';

const socketPath = engineSocket();
const folder = mkdtempSync(join(tmpdir(), 'im-docker-tls-'));
const { signal } = new AbortController();
const servers: Server[] = [];
let tlsPort = 0;
let tcpPort = 0;

/** Key and certificate of a name, signed by the authority. */
function certificate(name: string, extensions: string): { key: string; cert: string } {
  const path = (end: string): string => join(folder, `${name}.${end}`);
  openssl([
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    path('key'),
    '-out',
    path('csr'),
  ]);
  execFileSync('sh', ['-c', `printf '%s' "${extensions}" > ${path('ext')}`]);
  openssl([
    ...['x509', '-req', '-in', path('csr'), '-CA', join(folder, 'ca.pem'), '-CAkey', join(folder, 'ca.key')],
    ...['-CAcreateserial', '-days', '2', '-extfile', path('ext'), '-out', path('pem')],
  ]);
  return { key: readFileSync(path('key'), 'utf8'), cert: readFileSync(path('pem'), 'utf8') };
}

function openssl(parameters: string[]): void {
  execFileSync('openssl', parameters, { stdio: 'ignore' });
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

let client = { key: '', cert: '' };
let authority = '';

beforeAll(async () => {
  openssl([
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=ca'],
    ...['-keyout', join(folder, 'ca.key'), '-out', join(folder, 'ca.pem')],
  ]);
  authority = readFileSync(join(folder, 'ca.pem'), 'utf8');
  client = certificate('client', 'extendedKeyUsage=clientAuth');
  const server = certificate('server', 'subjectAltName=IP:127.0.0.1');
  tlsPort = await listen(
    createTlsServer({ ...server, ca: authority, requestCert: true, rejectUnauthorized: true }, (socket) => {
      const engine = connect(socketPath);
      socket.pipe(engine).pipe(socket);
      socket.on('error', () => engine.destroy());
      engine.on('error', () => socket.destroy());
    }),
  );
  tcpPort = await listen(
    createTcpServer((socket) => {
      const engine = connect(socketPath);
      socket.pipe(engine).pipe(socket);
      socket.on('error', () => engine.destroy());
      engine.on('error', () => socket.destroy());
    }),
  );
});

afterAll(() => {
  for (const server of servers) {
    server.close();
  }
  rmSync(folder, { recursive: true });
});

describe.skipIf(socketPath === '')('a Docker Engine behind TLS', () => {
  const line = (): Record<string, string> => ({
    id: 'd',
    type: 'Docker',
    host: `https://127.0.0.1:${tlsPort}`,
    public_key: client.cert,
    private_key: client.key,
    ca_cert: authority,
  });

  it('lets in who has a certificate', async () => {
    const quotas = await openCloud(line()).quotas(signal);

    expect(quotas['cores']?.limit).toBeGreaterThan(0);
  });

  it('takes certificates as a reason for TLS when the host says tcp', async () => {
    const connector = openCloud({ ...line(), host: `tcp://127.0.0.1:${tlsPort}` });

    await expect(connector.quotas(signal)).resolves.toBeDefined();
  });

  it('keeps out who has none', async () => {
    const { public_key: _cert, private_key: _key, ...rest } = line();

    await expect(openCloud(rest).quotas(signal)).rejects.toMatchObject({ name: 'CloudError' });
  });

  it('is not believed when its authority is unknown', async () => {
    const { ca_cert: _ca, ...rest } = line();

    await expect(openCloud(rest, { verifyTls: true }).quotas(signal)).rejects.toMatchObject({
      code: 'Unauthenticated',
      message: expect.stringContaining('check the certificates') as string,
    });
    await expect(openCloud(rest, { verifyTls: false }).quotas(signal)).resolves.toBeDefined();
  });

  it('needs certificate and key together, in PEM', () => {
    const { private_key: _key, ...half } = line();

    expect(() => openCloud(half)).toThrow(/public_key and private_key are needed together/u);
    expect(() => openCloud({ ...line(), private_key: 'nonsense' })).toThrow(/must be in PEM/u);
  });
});

describe.skipIf(socketPath === '')('a Docker Engine on TCP', () => {
  it.each(['http', 'tcp'])('is reached by %s', async (protocol) => {
    const connector = openCloud({ id: 'd', type: 'Docker', host: `${protocol}://127.0.0.1:${tcpPort}` });

    await expect(connector.quotas(signal)).resolves.toBeDefined();
  });

  it('has the wrong protocol when TLS is asked for', async () => {
    const connector = openCloud({ id: 'd', type: 'Docker', host: `https://127.0.0.1:${tcpPort}` });

    await expect(connector.quotas(signal)).rejects.toMatchObject({ code: 'InvalidInput' });
  });
});
