import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Sealer } from '@im/domain';
import { ImError } from '@im/domain';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const format = 'v1';

interface SealingKey {
  id: string;
  encryption: Buffer;
}

/**
 * Seals with AES-256-GCM (design: architecture.md 3). The text names the key, so that keys can be rotated: the first one seals, all of
 * them open.
 * @param keys secrets of at least 32 characters, newest first
 */
export function createSealer(keys: readonly string[]): Sealer {
  const [newest, ...older] = keys;
  if (newest === undefined) {
    throw new Error('A sealer needs a key.');
  }
  const sealing = derive(newest);
  const byId = new Map([sealing, ...older.map(derive)].map((key) => [key.id, key]));
  // Fingerprints must stay the same when the sealing key changes, so they hang on the oldest key.
  const fingerprintKey = Buffer.from(hkdfSync('sha256', keys.at(-1) ?? newest, '', 'im fingerprint', 32));
  return {
    seal: (plaintext, context) => seal(sealing, plaintext, context),
    open: (sealed, context) => open(byId, sealed, context),
    fingerprint: (value) => createHmac('sha256', fingerprintKey).update(value).digest('base64url'),
  };
}

function derive(secret: string): SealingKey {
  return {
    id: createHash('sha256').update(`im key id ${secret}`).digest('base64url').slice(0, 8),
    encryption: Buffer.from(hkdfSync('sha256', secret, '', 'im sealing', 32)),
  };
}

function seal(key: SealingKey, plaintext: string, context: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key.encryption, nonce);
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${format}.${key.id}.${body.toString('base64')}`;
}

function open(keys: ReadonlyMap<string, SealingKey>, sealed: string, context: string): string {
  const [version, id = '', encoded = ''] = sealed.split('.');
  const key = keys.get(id);
  if (version !== format || key === undefined) {
    throw new ImError(
      'Internal',
      'Stored data was sealed with a key that this server does not have: check ENCRYPTION_KEY.',
    );
  }
  const body = Buffer.from(encoded, 'base64');
  try {
    const decipher = createDecipheriv(algorithm, key.encryption, body.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(body.subarray(-tagBytes));
    return decipher.update(body.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8');
  } catch (cause) {
    throw new ImError('Internal', 'Stored data was changed or belongs elsewhere.', { cause });
  }
}
