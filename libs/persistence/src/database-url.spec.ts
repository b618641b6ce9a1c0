import { describe, expect, it } from 'vitest';
import { DatabaseUrlError, parseDatabaseUrl } from './database-url.js';

describe('parseDatabaseUrl', () => {
  it.each([
    ['sqlite:///etc/im/inf.dat', '/etc/im/inf.dat'],
    ['file:///var/im.sqlite', '/var/im.sqlite'],
    ['/abs/path', '/abs/path'],
    ['rel/path', 'rel/path'],
    ['./data/im.sqlite', './data/im.sqlite'],
    ['sqlite://a/b', 'a/b'],
  ])('reads %s as a SQLite file', (url, path) => {
    expect(parseDatabaseUrl(url)).toEqual({ kind: 'sqlite', path });
  });

  it('reads a MySQL URL with its defaults', () => {
    expect(parseDatabaseUrl('mysql://im:secret@db.test/im')).toEqual({
      kind: 'mysql',
      host: 'db.test',
      port: 3306,
      database: 'im',
      logins: [{ username: 'im', password: 'secret' }],
      tls: false,
      charset: 'utf8mb4',
    });
  });

  it.each([
    ['mysql://u:p@ss:w@h:3307/d', [{ username: 'u', password: 'p@ss:w' }]],
    [
      'mysql://u:p%40ss@h/d',
      [
        { username: 'u', password: 'p@ss' },
        { username: 'u', password: 'p%40ss' },
      ],
    ],
    ['mysql://u:100%@h/d', [{ username: 'u', password: '100%' }]],
    ['mysql://u:a/b?c#d@h/d', [{ username: 'u', password: 'a/b?c#d' }]],
    ['mysql://u@h/d', [{ username: 'u', password: '' }]],
  ])('finds the login in %s', (url, logins) => {
    expect(parseDatabaseUrl(url)).toMatchObject({ host: 'h', database: 'd', logins });
  });

  it.each([
    ['ssl=true', true],
    ['ssl=1', true],
    ['ssl=false', false],
    ['ssl=insecure', 'insecure'],
    ['', false],
  ])('reads the option %s', (query, tls) => {
    expect(parseDatabaseUrl(`mysql://u:p@[::1]:3307/d?${query}`)).toMatchObject({
      host: '::1',
      port: 3307,
      tls,
    });
  });

  it.each([
    ['mongodb://u:hidden@h/d', /MongoDB, which is not supported yet/],
    ['postgres://u:hidden@h/d', /unknown scheme postgres/],
    ['mysql://u:hidden@h', /not complete/],
    ['mysql://u:hidden@/d', /not complete/],
    ['sqlite://', /names no file/],
  ])('refuses %s without telling the password', (url, message) => {
    expect(() => parseDatabaseUrl(url)).toThrow(DatabaseUrlError);
    expect(() => parseDatabaseUrl(url)).toThrow(message);
    expect(() => parseDatabaseUrl(url)).not.toThrow('hidden');
  });
});
