import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrCreateKeys } from './encryption-key.js';
import { createSealer } from './sealer.js';

const first = 'first key of at least 32 characters';
const second = 'second key of at least 32 characters';

describe('sealing', () => {
  const sealer = createSealer([first]);

  it('gives back any text in its context', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, context) => {
        expect(sealer.open(sealer.seal(text, context), context)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  it('shows nothing of the text, and never the same twice', () => {
    const sealed = sealer.seal('secret secret secret', 'vm 1');

    expect(sealed).toMatch(/^v1\.[\w-]{8}\.[A-Za-z0-9+/=]+$/);
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64').toString('latin1')).not.toContain('secret');
    expect(sealer.seal('secret secret secret', 'vm 1')).not.toBe(sealed);
  });

  it('opens only in the context it was sealed for', () => {
    const sealed = sealer.seal('secret', 'vm 1');

    expect(() => sealer.open(sealed, 'vm 2')).toThrow('Stored data was changed or belongs elsewhere.');
    expect(() => sealer.open(sealed, '')).toThrow('belongs elsewhere');
  });

  it('notices every change', () => {
    const sealed = sealer.seal('secret', 'vm 1');
    const [version = '', key = '', body = ''] = sealed.split('.');
    const bytes = Buffer.from(body, 'base64');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => sealer.open(`${version}.${key}.${changed.toString('base64')}`, 'vm 1')).toThrow(
        'was changed',
      );
    }
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length).toString('base64');
      expect(() => sealer.open(`${version}.${key}.${cut}`, 'vm 1')).toThrow('was changed');
    }
  });

  it.each(['', 'plain text', 'v2.xxxxxxxx.AAAA', 'v1.xxxxxxxx.AAAA'])(
    'refuses what it did not seal: %j',
    (text) => {
      expect(() => sealer.open(text, 'vm 1')).toThrow('check ENCRYPTION_KEY');
    },
  );

  it('goes on opening what older keys sealed, and seals with the newest', () => {
    const old = sealer.seal('secret', 'vm 1');
    const rotated = createSealer([second, first]);

    expect(rotated.open(old, 'vm 1')).toBe('secret');
    expect(() => sealer.open(rotated.seal('secret', 'vm 1'), 'vm 1')).toThrow('check ENCRYPTION_KEY');
    expect(createSealer([second]).open(rotated.seal('new', 'vm 1'), 'vm 1')).toBe('new');
    expect(() => createSealer([second]).open(old, 'vm 1')).toThrow('check ENCRYPTION_KEY');
  });

  it('fingerprints depend on the value and the oldest key, so that they survive a rotation', () => {
    expect(sealer.fingerprint('ana')).toBe(createSealer([second, first]).fingerprint('ana'));
    expect(sealer.fingerprint('ana')).not.toBe(sealer.fingerprint('bob'));
    expect(sealer.fingerprint('ana')).not.toBe(createSealer([second]).fingerprint('ana'));
    expect(sealer.fingerprint('ana')).not.toContain('ana');
  });

  it('needs a key', () => {
    expect(() => createSealer([])).toThrow('needs a key');
  });
});

describe('the key file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'im-key-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is made on the first start, for its owner only, and is the same afterwards', () => {
    const file = join(folder, 'deep', 'er', 'key');
    const previous = process.umask(0);
    try {
      const keys = loadOrCreateKeys('', file);

      expect(keys).toHaveLength(1);
      expect(keys[0]).toMatch(/^[\w-]{43}$/);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(loadOrCreateKeys('', file)).toEqual(keys);
      expect(readdirSync(join(folder, 'deep', 'er'))).toEqual(['key']);
    } finally {
      process.umask(previous);
    }
  });

  it('is another one for every installation', () => {
    expect(loadOrCreateKeys('', join(folder, 'a'))).not.toEqual(loadOrCreateKeys('', join(folder, 'b')));
  });

  it('is not made when keys are configured', () => {
    const file = join(folder, 'key');

    expect(loadOrCreateKeys(`${second}, ${first}`, file)).toEqual([second, first]);
    expect(existsSync(file)).toBe(false);
  });

  it('may hold several keys, newest first', () => {
    const file = join(folder, 'key');
    writeFileSync(file, `${second}\n\n${first}\n`);

    expect(loadOrCreateKeys('', file)).toEqual([second, first]);
  });

  it('is left as it is when it has no key, or a short one', () => {
    const file = join(folder, 'key');
    for (const content of ['', '\n', 'short\n', `${first}\nshort`]) {
      writeFileSync(file, content);
      chmodSync(file, 0o600);

      expect(() => loadOrCreateKeys('', file)).toThrow(
        `Every key in the file ${file} needs at least 32 characters.`,
      );
      expect(readFileSync(file, 'utf8')).toBe(content);
    }
    expect(() => loadOrCreateKeys('short', file)).toThrow('Every key in ENCRYPTION_KEY needs');
    expect(() => loadOrCreateKeys(`${first},short`, file)).toThrow(/ENCRYPTION_KEY/);
  });
});
