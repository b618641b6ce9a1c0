import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { newKeyPair, publicKeyOf } from './ssh-key.js';

/** What an independent reader of SSH keys makes of a private key. */
function expectedPublicKey(privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error || Array.isArray(parsed)) {
    throw new Error('The key cannot be read.');
  }
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
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
    const openSsh = ssh2.utils.generateKeyPairSync('ed25519');

    for (const privateKey of [rsa.privateKey, ecdsa.privateKey, openSsh.private]) {
      expect(publicKeyOf(privateKey)).toBe(expectedPublicKey(privateKey));
    }
  });

  it('that are encrypted or no keys are refused without repeating them', () => {
    const encrypted = ssh2.utils.generateKeyPairSync('ed25519', {
      passphrase: 'x',
      cipher: 'aes256-cbc',
      rounds: 4,
    }).private;

    for (const text of [encrypted, 'no key at all']) {
      expect(() => publicKeyOf(text)).toThrow(/^disk\.0\.os\.credentials\.private_key cannot be read/u);
    }
  });
});
