import { createPrivateKey, generateKeyPair as generate } from 'node:crypto';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { SshError } from './ssh-error.js';

/** The key in a form that ssh2 understands: PKCS#8 becomes PKCS#1 or SEC1. @throws SshError `InvalidKey` */
export function readableKey(pem: string): string {
  const text = pem.replaceAll('\r\n', '\n').trim();
  if (!text.includes('BEGIN PRIVATE KEY')) {
    return `${text}\n`;
  }
  try {
    const key = createPrivateKey(text);
    const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
    return key.export({ type, format: 'pem' }).toString();
  } catch (cause) {
    throw new SshError('InvalidKey', 'Invalid private key', { cause });
  }
}

export interface KeyPair {
  /** PEM, PKCS#1, without passphrase. */
  privateKey: string;
  /** One line in the form of OpenSSH. */
  publicKey: string;
}

/** A new RSA pair of 3072 bits. */
export async function generateKeyPair(): Promise<KeyPair> {
  const { privateKey } = await promisify(generate)('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) {
    throw new SshError('InvalidKey', 'Invalid private key', { cause: parsed });
  }
  return { privateKey, publicKey: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}` };
}
