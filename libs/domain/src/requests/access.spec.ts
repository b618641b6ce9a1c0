import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../test/fakes/memory-store.js';
import { sampleInfrastructure, sampleVm } from '../../../../test/fakes/sample-rows.js';
import type { ImIdentity } from '../model/cloud.js';
import { accessibleInfrastructure, mayAccess, sameIdentity, vmNamed } from './access.js';

const who = (username: string, password?: string, more: Partial<ImIdentity> = {}): ImIdentity => ({
  username,
  ...(password === undefined ? {} : { password }),
  admin: false,
  ...more,
});

describe('access to an infrastructure', () => {
  it.each<[string, ImIdentity, ImIdentity, boolean]>([
    ['the same pair', who('ana', 'a'), who('ana', 'a'), true],
    ['another password', who('ana', 'b'), who('ana', 'a'), false],
    ['another name', who('bob', 'a'), who('ana', 'a'), false],
    ['another case', who('Ana', 'a'), who('ana', 'a'), false],
    ['no password on both sides', who('ana'), who('ana'), true],
    ['an empty password where there was none', who('ana', ''), who('ana'), false],
    ['no token where the owner has one', who('ana', 'a'), who('ana', 'a', { token: 't' }), false],
    [
      'another token than that of the owner',
      who('ana', 'a', { token: 'u' }),
      who('ana', 'a', { token: 't' }),
      true,
    ],
    ['a token where the owner has none', who('ana', 'a', { token: 'u' }), who('ana', 'a'), true],
  ])('with %s', (_what, caller, owner, allowed) => {
    expect(sameIdentity(caller, owner)).toBe(allowed);
    expect(mayAccess([caller], [owner])).toBe(allowed);
  });

  it('needs one of the identities to be one of the owners, or an administrator', () => {
    const owners = [who('ana', 'a'), who('bob', 'b')];

    expect(mayAccess([who('eve', 'e'), who('bob', 'b')], owners)).toBe(true);
    expect(mayAccess([who('root', 'r', { admin: true })], owners)).toBe(true);
    expect(mayAccess([who('eve', 'e')], [who('root', 'r', { admin: true })])).toBe(false);
    expect(mayAccess([], owners)).toBe(false);
    expect(mayAccess([who('ana', 'a')], [])).toBe(false);
  });

  it('is checked after the existence, and a deleted infrastructure does not exist', async () => {
    const store = new MemoryStore(() => 0);
    await store.transaction(async (tx) => {
      await tx.insertInfrastructure(sampleInfrastructure({ id: 'alive', owners: [who('ana', 'a')] }));
      await tx.insertInfrastructure(
        sampleInfrastructure({ id: 'dead', deletedAt: 5, owners: [who('ana', 'a')] }),
      );
    });
    const find = async (username: string, id: string): Promise<string> =>
      accessibleInfrastructure(store, { identities: [who(username, 'a')], clouds: [], items: [] }, id).then(
        (found) => found.id,
        (error: unknown) => (error instanceof Error ? error.message : ''),
      );

    expect(await find('ana', 'alive')).toBe('alive');
    expect(await find('bob', 'alive')).toBe('Access to this infrastructure not granted.');
    expect(await find('ana', 'dead')).toBe('Invalid infrastructure ID or access not granted.');
    expect(await find('bob', 'dead')).toBe('Invalid infrastructure ID or access not granted.');
    expect(await find('bob', 'none')).toBe('Invalid infrastructure ID or access not granted.');
  });
});

describe('a VM of a path', () => {
  const vms = [
    sampleVm({ imId: 0 }),
    sampleVm({ imId: 1, status: 'destroyed' }),
    sampleVm({ imId: 12, status: 'failed' }),
  ];

  it.each(['0', ' 0 ', '00'])('is found by its number: %j', (text) => {
    expect(vmNamed(vms, text).imId).toBe(0);
  });

  it('may be a failed one', () => {
    expect(vmNamed(vms, '12').status).toBe('failed');
  });

  it.each(['', 'a', '-1', '1.0', '0x0', '2', '1e1', '9'.repeat(400), '0,12'])('is not found: %j', (text) => {
    expect(() => vmNamed(vms, text)).toThrow('Invalid VM ID');
  });

  it('is told from one that was destroyed', () => {
    expect(() => vmNamed(vms, '1')).toThrow('Deleted VM.');
  });
});
