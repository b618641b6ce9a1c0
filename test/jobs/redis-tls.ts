import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../servers/free-port.js';
import { startMember } from './redis-server.js';

/** A Redis that takes TLS. */
export interface TlsRedis {
  /** 127.0.0.1 and the port of TLS. */
  address: string;
  /** Certificate of the authority that signed that of the server. */
  ca: string;
  /** Certificate of an authority that did not. */
  otherCa: string;
  stop(): Promise<void>;
}

export async function startTlsRedis(): Promise<TlsRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'im-redis-'));
  const file = (name: string): string => join(folder, name);
  makeAuthority(folder, 'ca');
  makeAuthority(folder, 'other-ca');
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=redis',
    '-keyout',
    file('server.key'),
    '-out',
    file('server.csr'),
  );
  writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1');
  openssl(
    'x509',
    '-req',
    '-in',
    file('server.csr'),
    '-CA',
    file('ca.crt'),
    '-CAkey',
    file('ca.key'),
    '-CAcreateserial',
    '-days',
    '1',
    '-extfile',
    file('names'),
    '-out',
    file('server.crt'),
  );
  const port = await freePort();
  const server = await startMember(file('server'), [
    'save ""',
    `tls-port ${port}`,
    `tls-cert-file ${file('server.crt')}`,
    `tls-key-file ${file('server.key')}`,
    'tls-auth-clients no',
  ]);
  return {
    address: `127.0.0.1:${port}`,
    ca: file('ca.crt'),
    otherCa: file('other-ca.crt'),
    stop: async () => {
      await server.process.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makeAuthority(folder: string, name: string): void {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '1',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    key,
    '-out',
    certificate,
  );
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}
