import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockData } from './data-lock.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'im-lock-'));
  path = join(folder, 'im.sqlite.lock');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('lockData', () => {
  it('takes free data and gives them back', () => {
    const lock = lockData(path);
    expect(lock.alone).toBe(true);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
    lock.release();
    expect(existsSync(path)).toBe(false);
  });

  it('refuses data that a living process uses, naming it', () => {
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    try {
      writeFileSync(path, JSON.stringify({ host: hostname(), pid: other.pid, startedAt: '' }));
      expect(() => lockData(path)).toThrow(`Another process (${other.pid}) serves the data of`);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('takes over from a process that is gone, or whose number another one got', () => {
    writeFileSync(path, JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1, startedAt: '1' }));
    expect(lockData(path).alone).toBe(true);
    writeFileSync(path, JSON.stringify({ host: hostname(), pid: process.ppid, startedAt: '1' }));
    expect(lockData(path).alone).toBe(true);
  });

  it('is not sure to be alone when another host used the data', () => {
    writeFileSync(path, JSON.stringify({ host: 'elsewhere', pid: 1, startedAt: '1' }));
    expect(lockData(path).alone).toBe(false);
  });

  it('replaces a file that was not finished', () => {
    writeFileSync(path, '{"ho');
    expect(lockData(path).alone).toBe(true);
  });

  it('says what to do when the folder cannot be written', () => {
    expect(() => lockData(join(folder, 'missing', 'im.lock'))).toThrow('set IM_DATA_DIR');
  });
});
