import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizationOf } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { machines } from './documents.js';

const folder = mkdtempSync(join(tmpdir(), 'im-https-'));
const key = join(folder, 'key.pem');
const certificate = join(folder, 'certificate.pem');
const env = { IM_REST_SSL: 'yes', IM_REST_SSL_KEYFILE: key, IM_REST_SSL_CERTFILE: certificate };
let server: StandaloneServer;

beforeAll(async () => {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=im'],
      ...['-keyout', key, '-out', certificate, '-addext', 'subjectAltName=IP:127.0.0.1'],
    ],
    { stdio: 'ignore' },
  );
  server = await startStandalone({ env });
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function send(method: string, path: string, headers: Record<string, string>, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, ca: readFileSync(certificate) };
    const request = https.request(`${server.url}${path}`, options, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.once('end', () => resolve(`${response.statusCode ?? 0} ${text}`));
    });
    request.once('error', reject);
    request.end(body);
  });
}

describe('HTTPS', () => {
  it('serves the API, with https in its URIs and room for many credentials', async () => {
    const authorization = `${authorizationOf('ana', ['id = dummy; type = Dummy'])}; filler = ${'k'.repeat(120_000)}`;
    const answer = await send('POST', '/infrastructures', { authorization }, machines());

    expect(answer).toMatch(/^200 https:\/\/127\.0\.0\.1:\d+\/infrastructures\/[0-9a-f-]{36}$/);
  });

  it('is not plain HTTP', async () => {
    await expect(fetch(server.url.replace('https:', 'http:'))).rejects.toThrow();
  });

  it('does not start without its files, and says which option names one that is missing', async () => {
    for (const option of ['REST_SSL_KEYFILE', 'REST_SSL_CA_CERTS']) {
      const started = startStandalone({ env: { ...env, [`IM_${option}`]: '/no/such/file.pem' } });

      await expect(started).rejects.toThrow(`${option} cannot be read`);
    }
  });
});
