import { describe, expect, it } from 'vitest';
import { describeRedis, parseRedisUrl, RedisUrlError } from './redis-url.js';

const plain = {
  kind: 'single',
  nodes: [{ host: 'redis.example.org', port: 6379 }],
  master: null,
  database: 0,
  username: null,
  password: null,
  sentinelPassword: null,
  tls: false,
  caFile: null,
};

describe('REDIS_URL', () => {
  it.each([
    ['redis://redis.example.org', {}],
    ['redis://redis.example.org:7000/3', { nodes: [{ host: 'redis.example.org', port: 7000 }], database: 3 }],
    ['rediss://redis.example.org?ca=/etc/ca.pem', { tls: true, caFile: '/etc/ca.pem' }],
    ['redis://secret@redis.example.org', { password: 'secret' }],
    ['redis://:secret@redis.example.org', { password: 'secret' }],
    ['redis://im:a%40b%3Ac@redis.example.org', { username: 'im', password: 'a@b:c' }],
    ['redis://im:a@b:c@redis.example.org', { username: 'im', password: 'a@b:c' }],
    ['redis://im:100%@redis.example.org', { username: 'im', password: '100%' }],
    ['redis://[::1]:6380', { nodes: [{ host: '::1', port: 6380 }] }],
    [
      'redis+sentinel://im:p@s1,s2:26380/main/2?sentinel_password=q',
      {
        kind: 'sentinel',
        nodes: [
          { host: 's1', port: 26_379 },
          { host: 's2', port: 26_380 },
        ],
        master: 'main',
        database: 2,
        username: 'im',
        password: 'p',
        sentinelPassword: 'q',
      },
    ],
    [
      'rediss+cluster://:p@n1:7000,n2:7001',
      {
        kind: 'cluster',
        tls: true,
        password: 'p',
        nodes: [
          { host: 'n1', port: 7000 },
          { host: 'n2', port: 7001 },
        ],
      },
    ],
  ])('%s is understood', (url, expected) => {
    expect(parseRedisUrl(url)).toEqual({ ...plain, ...expected });
  });

  it.each([
    'http://redis.example.org',
    'redis://',
    'redis://a,b',
    'redis://a:99999',
    'redis://a/x',
    'redis+sentinel://s1:26379',
    'redis+cluster://a/1',
    'redis://a?colour=red',
  ])('%s is refused with what is allowed', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(/^The URL of Redis is not valid: it must be redis:\/\//u);
  });

  it('shows its password to nobody', () => {
    const url = 'redis://im:topsecret@a,b/0';
    expect(() => parseRedisUrl(url)).toThrow(RedisUrlError);
    expect(() => parseRedisUrl(url)).not.toThrow(/topsecret/u);
    expect(describeRedis(parseRedisUrl('redis+sentinel://im:topsecret@a,b/main'))).toBe(
      'main of the sentinels a:26379, b:26379',
    );
  });
});
