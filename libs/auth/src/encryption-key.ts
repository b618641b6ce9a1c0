import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Shortest secret that is taken as a key, in characters. */
const minLength = 32;

/**
 * Keys for the sealer: the configured ones (separated by commas, newest first), else those of the key file, which is made with mode 0600
 * on the first start.
 * @throws Error with a sentence for the operator
 */
export function loadOrCreateKeys(configured: string, file: string): string[] {
  const keys = splitKeys(configured === '' ? readOrCreate(file) : configured);
  if (keys.length === 0 || keys.some((key) => key.length < minLength)) {
    const where = configured === '' ? `the file ${file}` : 'ENCRYPTION_KEY';
    throw new Error(`Every key in ${where} needs at least ${minLength} characters.`);
  }
  return keys;
}

function splitKeys(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((key) => key.trim())
    .filter((key) => key !== '');
}

function readOrCreate(file: string): string {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  }
  return readFileSync(file, 'utf8');
}
