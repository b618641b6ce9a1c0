import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newKeyPair, publicKeyOf } from './ssh-key.js';

const folder = mkdtempSync(join(tmpdir(), 'im-ssh-key-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What OpenSSH makes of a private key. */
function expectedPublicKey(privateKey: string): string {
  const file = join(folder, 'key');
  writeFileSync(file, privateKey, { mode: 0o600 });
  const [type, key] = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' }).trim().split(' ');
  return `${type} ${key}`;
}

function keyOfOpenSsh(name: string, passphrase: string): string {
  const file = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', '', '-f', file]);
  return execFileSync('cat', [file], { encoding: 'utf8' });
}

describe('SSH keys', () => {
  it('are made in the forms that every client reads', async () => {
    const pair = await newKeyPair();

    expect(pair.privateKey).toMatch(/^-----BEGIN RSA PRIVATE KEY-----/u);
    expect(pair.publicKey).toBe(expectedPublicKey(pair.privateKey));
    expect((await newKeyPair()).publicKey).not.toBe(pair.publicKey);
  });

  it('of a user tell their public part: RSA, ECDSA, and the format of OpenSSH', () => {
    const publicKeyEncoding = { type: 'spki', format: 'pem' } as const;
    const rsa = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const ecdsa = generateKeyPairSync('ec', {
      namedCurve: 'P-384',
      publicKeyEncoding,
      privateKeyEncoding: { type: 'sec1', format: 'pem' },
    });

    for (const privateKey of [rsa.privateKey, ecdsa.privateKey, keyOfOpenSsh('plain', '')]) {
      expect(publicKeyOf(privateKey)).toBe(expectedPublicKey(privateKey));
    }
  });

  it('that are encrypted or no keys are refused without repeating them', () => {
    for (const text of [keyOfOpenSsh('encrypted', 'long-passphrase'), 'no key at all']) {
      expect(() => publicKeyOf(text)).toThrow(/^disk\.0\.os\.credentials\.private_key cannot be read/u);
    }
  });
});
