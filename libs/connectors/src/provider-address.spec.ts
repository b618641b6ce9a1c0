import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { NameLookup } from './address-guard.js';
import { openCloud } from './contract/open-cloud.js';
import { ProviderAddressGuard } from './provider-address.js';

const guard = new ProviderAddressGuard({ allowLocal: false, ownAddresses: () => ['203.0.113.7'] });
const signal = new AbortController().signal;

/** Resolves every name to the given addresses. */
function lookupOf(...addresses: string[]): NameLookup {
  return ((_name: string, _options: object, callback: (error: null, found: object[]) => void) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as NameLookup;
}

function guardOf(...addresses: string[]): ProviderAddressGuard {
  return new ProviderAddressGuard({
    allowLocal: false,
    ownAddresses: () => [],
    lookup: lookupOf(...addresses),
  });
}

describe('provider addresses', () => {
  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '255.255.255.255',
    '224.0.0.1',
    '::1',
    '::',
    '[::1]',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '203.0.113.7',
    '::ffff:203.0.113.7',
  ])('of this host or its link are refused: %s', (address) => {
    expect(() => guard.assertAllowed(address)).toThrow(/lies on the host of this service or on its link/u);
  });

  it.each(['10.1.2.3', '192.168.1.1', '198.51.100.1', '2001:db8::1', 'fd12:3456::1', 'cloud.example.org'])(
    'elsewhere are allowed: %s',
    (address) => {
      expect(() => guard.assertAllowed(address)).not.toThrow();
    },
  );

  it('are judged after the resolution of the name', async () => {
    await expect(guardOf('127.0.0.1').resolve('cloud.example.org', signal)).rejects.toMatchObject({
      code: 'PermissionDenied',
    });
    await expect(guardOf('198.51.100.1').resolve('cloud.example.org', signal)).resolves.toEqual([
      '198.51.100.1',
    ]);
  });

  it('are refused when one of several is local', async () => {
    await expect(guardOf('198.51.100.1', '::1').resolve('cloud.example.org', signal)).rejects.toMatchObject({
      code: 'PermissionDenied',
    });
  });

  it('that are written in unusual ways are refused at the connection', async () => {
    for (const host of [
      'http://127.1:9',
      'http://2130706433:9',
      'http://0x7f000001:9',
      'http://localhost:9',
    ]) {
      const quotas = async (): Promise<unknown> =>
        openCloud({ id: 'd', type: 'Docker', host }, { allowLocalProviders: false }).quotas(signal);

      await expect(quotas()).rejects.toMatchObject({ code: 'PermissionDenied' });
    }
  });

  it('that are sockets are refused', () => {
    const open = (host: string): unknown =>
      openCloud({ id: 'd', type: 'Docker', host }, { allowLocalProviders: false });

    expect(() => open('unix:///var/run/docker.sock')).toThrow(/not allowed/u);
    expect(() => open('/var/run/docker.sock')).toThrow(/not allowed/u);
    expect(() => open('http://[::1]:2375')).toThrow(/not allowed/u);
  });

  it('are not even connected to when a public name leads to this host', async () => {
    let connections = 0;
    const server = createServer(() => {
      connections++;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `http://cloud.example.org:${(server.address() as AddressInfo).port}`;
    const line = { id: 'd', type: 'Docker', host };
    const cloud = openCloud(line, { allowLocalProviders: false }, lookupOf('127.0.0.1'));

    await expect(cloud.quotas(signal)).rejects.toMatchObject({ code: 'PermissionDenied' });
    server.close();

    expect(connections).toBe(0);
  });

  it('are used as they were judged: the connection takes the same look-up', async () => {
    const found = await new Promise<string | AddressInfo[]>((resolve, reject) => {
      guardOf('198.51.100.1').lookup('cloud.example.org', {}, (error, address) => {
        if (error === null) {
          resolve(address as string);
        } else {
          reject(error);
        }
      });
    });

    expect(found).toBe('198.51.100.1');
  });
});
