import { describe, expect, it } from 'vitest';
import { cloudsOf } from '../cloud-info.js';
import type { EngineAddress } from './engine-address.js';
import { engineAddress, engineKey } from './engine-address.js';

function addressOf(host: string): EngineAddress {
  const [access] = cloudsOf([{ id: 'd', type: 'Docker', host }]);
  if (access === undefined) {
    throw new Error('no cloud');
  }
  return engineAddress(access);
}

describe('addresses of Docker Engines', () => {
  it.each([
    ['tcp://docker.example.org', 'http', 2375, ''],
    ['docker.example.org', 'http', 2375, ''],
    ['docker.example.org:2376', 'https', 2376, ''],
    ['http://docker.example.org:2376', 'http', 2376, ''],
    ['https://docker.example.org', 'https', 2376, ''],
    ['https://docker.example.org:8443/docker/', 'https', 8443, '/docker'],
  ])('by %s', (host, protocol, port, path) => {
    expect(addressOf(host)).toMatchObject({ protocol, host: 'docker.example.org', port, path });
  });

  it.each([
    'unix:///var/run/docker.sock',
    'unix://var/run/docker.sock',
    '/var/run/docker.sock',
    'http+unix://%2Fvar%2Frun%2Fdocker.sock',
  ])('are sockets by %s', (host) => {
    expect(addressOf(host).socketPath).toBe('/var/run/docker.sock');
  });

  it('by other protocols are refused', () => {
    expect(() => addressOf('ssh://docker.example.org')).toThrow('A Docker host can not be reached by ssh');
  });

  it('have keys that tell engines apart and nothing else', () => {
    expect(engineKey(addressOf('tcp://a:1'))).toBe(engineKey(addressOf('tcp://a:1')));
    expect(engineKey(addressOf('tcp://a:1'))).not.toBe(engineKey(addressOf('tcp://a:2')));
  });
});
