import { describe, expect, it } from 'vitest';
import { AddressRefused, PublicAddressGuard } from './public-address-guard.js';

const guardWith = (allowPrivate: boolean): PublicAddressGuard =>
  new PublicAddressGuard({ allowPrivate, ownAddresses: () => ['93.184.215.99', 'fe80::7%eth0'] });

const never = [
  '169.254.169.254',
  '0.0.0.0',
  '255.255.255.255',
  '224.0.0.1',
  'ff02::1',
  'fe80::1',
  '::',
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
];

const inside = [
  '127.0.0.1',
  '127.9.9.9',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '198.18.0.1',
  '240.0.0.1',
  '::1',
  '[::1]',
  'fd12:3456::1',
  'fec0::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::5db8:d70e',
  '2002:7f00:1::',
  '93.184.215.99',
  '::ffff:93.184.215.99',
];

const outside = [
  '93.184.215.14',
  '2606:2800:21f:cb07:6820:80da:af6b:8b2c',
  '64:ff9b::5db8:d70e',
  'files.example.org',
];

describe('addresses that users may reach', () => {
  it.each([...never, ...inside])('are public ones only: not %s', (address) => {
    expect(() => guardWith(false).assertAllowed(address)).toThrow(AddressRefused);
  });

  it.each(never)('are never link-local, multicast or of a metadata service: %s', (address) => {
    expect(() => guardWith(true).assertAllowed(address)).toThrow(AddressRefused);
  });

  it.each(inside)('are those inside where the operator allows it: %s', (address) => {
    expect(() => guardWith(true).assertAllowed(address)).not.toThrow();
  });

  it.each(outside)('are those outside: %s', (address) => {
    expect(() => guardWith(false).assertAllowed(address)).not.toThrow();
    expect(() => guardWith(true).assertAllowed(address)).not.toThrow();
  });
});
