import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Sealer } from '@im/domain';
import { ImError } from '@im/domain';

const algorithm = 'aes-256-gcm';

/** A sealer with a key made of a text: enough to see what is readable at rest. */
export class TestSealer implements Sealer {
  private readonly key: Buffer;

  constructor(secret = 'test') {
    this.key = createHmac('sha256', 'key').update(secret).digest();
  }

  seal(plaintext: string, context: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv(algorithm, this.key, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    return `k1.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
  }

  open(sealed: string, context: string): string {
    const bytes = Buffer.from(sealed.slice('k1.'.length), 'base64url');
    const decipher = createDecipheriv(algorithm, this.key, bytes.subarray(0, 12))
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(12, 28));
    try {
      return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      throw new ImError('Internal', 'A sealed text cannot be opened.', { cause });
    }
  }

  fingerprint(value: string): string {
    return createHmac('sha256', this.key).update(value).digest('base64url');
  }
}
