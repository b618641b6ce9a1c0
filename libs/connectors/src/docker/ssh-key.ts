import { createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { CloudError } from '@im/domain';

/** A key pair: private part in PEM (PKCS#1), public part in the one-line form of OpenSSH. */
export interface SshKeyPair {
  privateKey: string;
  publicKey: string;
}

const generate = promisify(generateKeyPair);

/** A new RSA pair, in the forms that every client reads (spec: connectors/README.md 5.2). */
export async function newKeyPair(): Promise<SshKeyPair> {
  const { privateKey } = await generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}

/** Public key, in the one-line form, of a private key in PEM. @throws CloudError `InvalidInput` */
export function publicKeyOf(privateKey: string): string {
  try {
    return privateKey.includes('BEGIN OPENSSH PRIVATE KEY')
      ? publicPartOfOpenSsh(privateKey)
      : publicPartOfPem(privateKey);
  } catch (error) {
    throw new CloudError(
      'InvalidInput',
      'disk.0.os.credentials.private_key cannot be read: give an unencrypted RSA, ECDSA or Ed25519 key in PEM.',
      { cause: error },
    );
  }
}

function publicPartOfPem(privateKey: string): string {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const part = (text: unknown): Buffer => Buffer.from(typeof text === 'string' ? text : '', 'base64url');
  if (jwk.kty === 'RSA') {
    return line('ssh-rsa', [unsigned(part(jwk.e)), unsigned(part(jwk.n))]);
  }
  if (jwk.crv === 'Ed25519') {
    return line('ssh-ed25519', [part(jwk.x)]);
  }
  const curve = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' }[jwk.crv ?? ''];
  if (curve === undefined) {
    throw new Error(`Keys of type ${jwk.crv ?? jwk.kty ?? ''} are not supported.`);
  }
  const point = Buffer.concat([Buffer.from([4]), part(jwk.x), part(jwk.y)]);
  return line(`ecdsa-sha2-${curve}`, [Buffer.from(curve), point]);
}

/** Fields of an SSH key with their lengths (RFC 4253 6.6). */
function line(type: string, fields: readonly Buffer[]): string {
  const parts = [Buffer.from(type), ...fields].flatMap((field) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field.length);
    return [length, field];
  });
  return `${type} ${Buffer.concat(parts).toString('base64')}`;
}

/** A leading zero keeps a number from being read as negative (RFC 4251 5, mpint). */
function unsigned(number: Buffer): Buffer {
  return (number[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), number]) : number;
}

/** The public part stands in clear in OpenSSH's own format (PROTOCOL.key of OpenSSH). */
function publicPartOfOpenSsh(privateKey: string): string {
  const data = Buffer.from(privateKey.replaceAll(/-----[^-]+-----|\s/gu, ''), 'base64');
  let position = 'openssh-key-v1\0'.length;
  const field = (): Buffer => {
    const start = position + 4;
    position = start + data.readUInt32BE(position);
    return data.subarray(start, position);
  };
  const [cipher] = [field(), field(), field()];
  if (cipher?.toString() !== 'none') {
    throw new Error('The key is encrypted.');
  }
  position += 4;
  const key = field();
  const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString();
  return `${type} ${key.toString('base64')}`;
}
