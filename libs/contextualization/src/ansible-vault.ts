import { createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { ImError } from '@im/domain';

const header = /^\$ANSIBLE_VAULT;1\.[12];AES256(;[^\n]*)?$/;
const iterations = 10_000;

/** A recipe that was encrypted as a whole. */
export function isVault(text: string): boolean {
  return text.trimStart().startsWith('$ANSIBLE_VAULT');
}

/**
 * The text of a file encrypted by ansible-vault (format 1.1 and 1.2: hex of salt, HMAC and AES-CTR text, keys by PBKDF2; see "Ansible Vault
 * payload format" in the manual of Ansible).
 * @throws ImError `InvalidRequest` for another format or a wrong password
 */
export function decryptVault(text: string, password: string): string {
  const [first = '', ...lines] = text.trim().split(/\r?\n/);
  if (!header.test(first.trim())) {
    throw new ImError(
      'InvalidRequest',
      'The recipe is encrypted in a form that is not supported: use ansible-vault with AES256.',
    );
  }
  const inner = Buffer.from(lines.map((line) => line.trim()).join(''), 'hex').toString('ascii');
  const [salt, mac, ciphertext] = inner.split('\n').map((part) => Buffer.from(part, 'hex'));
  if (salt === undefined || mac === undefined || ciphertext === undefined) {
    throw new ImError('InvalidRequest', 'The encrypted recipe is damaged.');
  }
  const keys = pbkdf2Sync(password, salt, iterations, 80, 'sha256');
  const expected = createHmac('sha256', keys.subarray(32, 64)).update(ciphertext).digest();
  if (expected.length !== mac.length || !timingSafeEqual(expected, mac)) {
    throw new ImError('InvalidRequest', 'The recipe cannot be decrypted: its vault.password is wrong.');
  }
  const decipher = createDecipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64, 80));
  const padded = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  return padded.subarray(0, padded.length - (padded.at(-1) ?? 0)).toString('utf8');
}
