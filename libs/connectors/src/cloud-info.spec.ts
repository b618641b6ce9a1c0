import { describe, expect, it } from 'vitest';
import { cloudsOf } from './cloud-info.js';

const hostOf = (host: string): unknown => {
  const [access] = cloudsOf([{ id: 'c', type: 'OpenNebula', host }]);
  const { protocol, server, port, path } = access?.cloud ?? {};
  return [protocol, server, port, path];
};

describe('clouds of an authorization', () => {
  it.each([
    ['one.example.org:2633', ['', 'one.example.org', 2633, '']],
    ['one.example.org', ['', 'one.example.org', -1, '']],
    ['https://ost.example.org:5000/v3', ['https', 'ost.example.org', 5000, '/v3']],
    ['https://ost.example.org/keystone/', ['https', 'ost.example.org', -1, '/keystone/']],
    ['https://[2001:db8::1]:8443/x', ['https', '[2001:db8::1]', 8443, '/x']],
    ['tcp://10.0.0.1:2376', ['tcp', '10.0.0.1', 2376, '']],
    ['unix://var/run/docker.sock', ['unix', 'var', -1, '/run/docker.sock']],
    ['unix:///var/run/docker.sock', ['unix', 'var', -1, '/run/docker.sock']],
    ['/var/run/docker.sock', ['unix', 'var', -1, '/run/docker.sock']],
    ['http+unix://%2Fvar%2Frun%2Fdocker.sock', ['unix', 'var', -1, '/run/docker.sock']],
  ])('take the host %s apart', (host, parts) => {
    expect(hostOf(host)).toEqual(parts);
  });

  it('without a host have no endpoint', () => {
    const [access] = cloudsOf([{ id: 'c', type: 'Dummy' }]);

    expect(access?.cloud).toEqual({
      id: 'c',
      type: 'Dummy',
      server: '',
      port: -1,
      protocol: '',
      path: '',
      extra: {},
    });
  });

  it('are named by their position in the whole list when they have no id', () => {
    const clouds = cloudsOf([
      { type: 'InfrastructureManager', username: 'u', password: 'p' },
      { type: 'Dummy' },
      { id: '', type: 'Docker' },
      { id: 'mine', type: 'Dummy' },
    ]);

    expect(clouds.map(({ cloud }) => cloud.id)).toEqual(['Dummy1', 'Docker2', 'mine']);
  });

  it('leave out what is no cloud', () => {
    const items = ['InfrastructureManager', 'VMRC', 'EGIIS', 'Vault', ''].map((type) => ({ type }));

    expect(cloudsOf([...items, { id: 'nothing' }])).toEqual([]);
  });

  it.each(['http://host:port', 'host:99999', 'http://user:secret@host', 'a b', 'http://', 'host:0'])(
    'refuse the host %s by the id of its line alone',
    (host) => {
      expect(() => cloudsOf([{ id: 'mine', type: 'OpenNebula', host }])).toThrow(
        "The host of the cloud 'mine' is not valid: write it as [protocol://]host[:port][/path].",
      );
    },
  );

  it('of OpenStack and EGI keep what tells accounts of one site apart', () => {
    const extra = (item: Record<string, string>): unknown => cloudsOf([item])[0]?.cloud.extra;

    expect(extra({ type: 'OpenStack', tenant: 't', domain: 'd' })).toEqual({
      auth_version: '2.0_password',
      tenant: 't',
    });
    expect(
      extra({
        type: 'OpenStack',
        auth_version: '3.x_oidc_access_token',
        username: 'u',
        domain: 'd',
        tenant: 't',
      }),
    ).toEqual({ auth_version: '3.x_oidc_access_token', username: 'u', domain: 'd' });
    expect(extra({ type: 'OpenStack', auth_version: '3.x_appcred', tenant: 't' })).toEqual({
      auth_version: '3.x_appcred',
    });
    expect(extra({ type: 'EGI', vo: 'v' })).toEqual({ vo: 'v' });
    expect(extra({ type: 'Docker', tenant: 't' })).toEqual({});
  });
});
