import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
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
    create(file, `${randomBytes(32).toString('base64url')}\n`);
  }
  return readFileSync(file, 'utf8');
}

/** The file appears whole or not at all, also when the process is killed; one that appeared meanwhile stays. */
function create(file: string, content: string): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!existsSync(file)) {
      if (!isUnsupported(error)) {
        throw error;
      }
      renameSync(draft, file);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Some file systems know no second name for a file. */
function isUnsupported(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS';
}
