import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { generateKeyPair, readableKey } from './private-key.js';
import { SshError } from './ssh-error.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;

const pem = (key: typeof rsa, type: 'pkcs1' | 'sec1' | 'pkcs8'): string =>
  key.export({ type, format: 'pem' }).toString();

/** A key in the form of OpenSSH. */
function openSshKey(type: 'rsa' | 'ecdsa' | 'ed25519'): string {
  const folder = mkdtempSync(join(tmpdir(), 'im-key-'));
  try {
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', join(folder, 'key')]);
    return readFileSync(join(folder, 'key'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Type of a key as the SSH client reads it; its complaint when it cannot. */
function typeOf(text: string): string {
  const parsed = ssh2.utils.parseKey(text);
  return parsed instanceof Error ? parsed.message : parsed.type;
}

const sameKey = (a: string, b: string): boolean =>
  createPrivateKey(a)
    .export({ type: 'pkcs8', format: 'der' })
    .equals(createPrivateKey(b).export({ type: 'pkcs8', format: 'der' }));

describe('a private key', () => {
  it.each([
    ['PKCS#1', pem(rsa, 'pkcs1'), 'ssh-rsa'],
    ['PKCS#8 of RSA', pem(rsa, 'pkcs8'), 'ssh-rsa'],
    ['SEC1', pem(ec, 'sec1'), 'ecdsa-sha2-nistp256'],
    ['PKCS#8 of an elliptic curve', pem(ec, 'pkcs8'), 'ecdsa-sha2-nistp256'],
    ['OpenSSH, RSA', openSshKey('rsa'), 'ssh-rsa'],
    ['OpenSSH, ECDSA', openSshKey('ecdsa'), 'ecdsa-sha2-nistp256'],
    ['OpenSSH, Ed25519', openSshKey('ed25519'), 'ssh-ed25519'],
  ])('is read in the form %s', (_form, text, type) => {
    expect(typeOf(readableKey(text))).toBe(type);
  });

  it('stays the same key', () => {
    expect(sameKey(readableKey(pem(rsa, 'pkcs8')), pem(rsa, 'pkcs8'))).toBe(true);
    expect(sameKey(readableKey(pem(ec, 'pkcs8')), pem(ec, 'pkcs8'))).toBe(true);
  });

  it.each([
    ['with line ends of Windows', (text: string) => text.replaceAll('\n', '\r\n')],
    ['without an end of its last line', (text: string) => text.trimEnd()],
    ['with empty lines around', (text: string) => `\n\n${text}\n\n`],
  ])('is read %s', (_name, spoil) => {
    for (const text of [pem(rsa, 'pkcs1'), pem(rsa, 'pkcs8'), openSshKey('ed25519')]) {
      expect(typeOf(readableKey(spoil(text)))).toMatch(/^ssh-(rsa|ed25519)$/);
    }
  });

  it.each([
    ['Ed25519 in PKCS#8, which the client cannot read', pem(ed25519, 'pkcs8')],
    ['damaged PKCS#8', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
  ])('is refused with the documented text: %s', (_name, text) => {
    expect(() => readableKey(text)).toThrow(new SshError('InvalidKey', 'Invalid private key'));
  });
});

describe('a new pair of keys', () => {
  it('belongs together, and both halves are read by OpenSSH', async () => {
    const { privateKey, publicKey } = await generateKeyPair();
    const folder = mkdtempSync(join(tmpdir(), 'im-key-'));
    try {
      const file = join(folder, 'key');
      writeFileSync(file, privateKey, { mode: 0o600 });
      expect(execFileSync('ssh-keygen', ['-y', '-f', file]).toString().trim()).toBe(publicKey);
      expect(execFileSync('ssh-keygen', ['-lf', file]).toString()).toMatch(/^3072 /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
