import { describe, expect, it } from 'vitest';
import type { SshTarget } from './ssh-target.js';
import { connectionKey, fingerprintOf, nameOf } from './ssh-target.js';

const target: SshTarget = {
  host: '10.0.0.1',
  port: 22,
  username: 'ana',
  password: 'a-test-password',
  privateKey: 'a-test-key',
};

describe('the name of a target', () => {
  it('tells user, host and port, and no secret', () => {
    expect(nameOf(target)).toBe('ana@10.0.0.1:22');
  });
});

describe('the key of a connection', () => {
  it('is the same for the same log-in', () => {
    expect(connectionKey({ ...target })).toBe(connectionKey(target));
  });

  it.each<Partial<SshTarget>>([
    { host: '10.0.0.2' },
    { port: 2222 },
    { username: 'root' },
    { password: 'another' },
    { privateKey: 'another' },
    { password: 'a-test-passworda-test-key', privateKey: '' },
    { hostKey: 'SHA256:x' },
    { jumps: [target] },
  ])('differs with %j', (change) => {
    expect(connectionKey({ ...target, ...change })).not.toBe(connectionKey(target));
  });

  it('differs with the credentials and the order of the jumps', () => {
    const other = { ...target, host: '10.0.0.9' };
    const key = (...jumps: SshTarget[]) => connectionKey({ ...target, jumps });

    expect(key(other, target)).not.toBe(key(target, other));
    expect(key(other)).not.toBe(key({ ...other, password: 'another' }));
  });

  it('shows no secret', () => {
    expect(connectionKey({ ...target, jumps: [target] })).not.toContain('a-test');
  });
});

describe('the fingerprint of a host key', () => {
  it('is that of OpenSSH', () => {
    const key = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAICnDC5WxzNJJfzEXaGg6e1z0PSrXl3dB8TXPYMpmlj0T', 'base64');

    expect(fingerprintOf(key)).toBe('SHA256:TjVV2xibBmEdoWyYX2O63x7IwlGCI3d44benvziQziY');
  });
});
