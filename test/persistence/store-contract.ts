import { randomUUID } from 'node:crypto';
import type { Infrastructure, Lease, Store, Vm } from '@im/domain';
import { ImError, LeaseLostError, VersionConflictError } from '@im/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  sampleInfrastructure,
  sampleOperation,
  sampleResource,
  sampleRun,
  sampleVm,
  startOfTime,
} from './samples.js';

/**
 * What every Store promises (libs/domain/src/ports/store.ts).
 * @param open opens the same database again and again; it starts empty
 */
export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(`Store on ${name}`, () => {
    let store: Store;

    beforeAll(async () => {
      store = await open();
    });

    afterAll(async () => {
      await store.close();
    });

    async function inserted(
      given: Partial<Infrastructure> = {},
      vmCount = 0,
      ofVm: Partial<Vm> = {},
    ): Promise<Infrastructure> {
      const infrastructure = sampleInfrastructure({ nextVmId: vmCount, ...given });
      await store.transaction(async (tx) => {
        await tx.insertInfrastructure(infrastructure);
        await tx.insertVms(
          Array.from({ length: vmCount }, (_, imId) => sampleVm(infrastructure.id, imId, ofVm)),
        );
      });
      return infrastructure;
    }

    async function lease(key: string, owner = 'w1', ttlMs = 60_000): Promise<Lease> {
      const taken = await store.acquireLease(key, owner, ttlMs);
      if (taken === null) {
        throw new Error(`${key} is held by somebody`);
      }
      return taken;
    }

    /** The database's clock runs on its own: waits until it has passed `time`. */
    async function untilAfter(time: number): Promise<void> {
      await expect.poll(() => store.now(), { interval: 5, timeout: 5_000 }).toBeGreaterThan(time);
    }

    describe('infrastructures', () => {
      it('gives back what was stored', async () => {
        const infrastructure = await inserted({
          owners: [
            { username: 'alice', password: 'a', admin: false },
            { username: 'bob', token: 't', admin: true },
          ],
          extra: { last_ganglia_update: 7 },
          snapshots: [sampleVm('', 0).cloud, null].map((cloud) => ({ url: 'one://a/1', cloud })),
          masterVmId: 0,
          configured: false,
          ansibleConfigured: true,
        });
        expect(await store.infrastructure(infrastructure.id)).toEqual(infrastructure);
        expect(await store.infrastructureVersion(infrastructure.id)).toEqual({ version: 1, deleted: false });
        expect(await store.infrastructure('none')).toBeNull();
        expect(await store.infrastructureVersion('none')).toBeNull();
      });

      it('keeps the TOSCA document together with the values made for it, through every change', async () => {
        const { id, tosca } = await inserted();
        const changed = { document: 'a: ñ\n', containerId: '0a1b2c3d', generatedInputs: { key: 'other' } };
        const keep = (kept: Infrastructure['tosca']) =>
          store.transaction(async (tx) => {
            const row = await tx.infrastructure(id);
            await tx.saveInfrastructure({ ...sampleInfrastructure(), ...row, tosca: kept });
          });
        expect((await store.infrastructure(id))?.tosca).toEqual(tosca);
        await keep(changed);
        expect((await store.infrastructure(id))?.tosca).toEqual(changed);
        await keep(null);
        expect((await store.infrastructure(id))?.tosca).toBeNull();
      });

      it('refuses an id that is taken', async () => {
        const { id } = await inserted();
        await expect(inserted({ id })).rejects.toThrow();
      });

      it('saves changes, removes what is gone and raises the version of the object too', async () => {
        const infrastructure = await inserted({ extra: { a: 1 } });
        await store.transaction(async (tx) => {
          const row = await tx.infrastructure(infrastructure.id);
          expect(row).not.toBeNull();
          if (row !== null) {
            Object.assign(row, { tosca: null, extra: {}, name: null, nextVmId: 3, owners: [] });
            await tx.saveInfrastructure(row);
            expect(row.version).toBe(2);
            await tx.saveInfrastructure({ ...row, configured: true });
          }
        });
        expect(await store.infrastructure(infrastructure.id)).toMatchObject({
          version: 3,
          tosca: null,
          extra: {},
          name: null,
          nextVmId: 3,
          owners: [],
          configured: true,
          radl: infrastructure.radl,
        });
      });

      it('refuses a save of an old version after a few tries', async () => {
        const infrastructure = await inserted();
        await store.transaction((tx) => tx.saveInfrastructure({ ...infrastructure }));
        let runs = 0;
        const old = store.transaction(async (tx) => {
          runs++;
          await tx.saveInfrastructure({ ...infrastructure, name: 'old' });
        });
        await expect(old).rejects.toThrow(VersionConflictError);
        expect(runs).toBeGreaterThan(1);
        expect((await store.infrastructure(infrastructure.id))?.name).toBe('cluster ñ');
      });

      it('runs a transaction again when somebody was faster', async () => {
        const { id } = await inserted({ nextVmId: 0 });
        await Promise.all(
          Array.from({ length: 8 }, () =>
            store.transaction(async (tx) => {
              const row = await tx.infrastructure(id);
              if (row !== null) {
                await tx.saveInfrastructure({ ...row, nextVmId: row.nextVmId + 1 });
              }
            }),
          ),
        );
        expect(await store.infrastructure(id)).toMatchObject({ nextVmId: 8, version: 9 });
      });

      it('never clears a deleted mark', async () => {
        const infrastructure = await inserted();
        await store.transaction((tx) => tx.saveInfrastructure({ ...infrastructure, deletedAt: 5 }));
        await store.transaction((tx) =>
          tx.saveInfrastructure({ ...infrastructure, version: 2, deletedAt: null }),
        );
        await store.transaction((tx) =>
          tx.saveInfrastructure({ ...infrastructure, version: 3, deletedAt: 99 }),
        );
        expect((await store.infrastructure(infrastructure.id))?.deletedAt).toBe(5);
        expect(await store.infrastructureVersion(infrastructure.id)).toEqual({ version: 4, deleted: true });
      });

      it('lists the newest first, for one owner, without deleted ones', async () => {
        const username = `user-${randomUUID()}`;
        const owner = { username, password: 'p', admin: false };
        const ids = ['a', 'b', 'c', 'd'].map((letter) => `${letter}-${randomUUID()}`);
        const [a = '', b = '', c = '', d = ''] = ids;
        await inserted({ id: b, owners: [owner], createdAt: 1000 });
        await inserted({ id: a, owners: [{ ...owner, token: 'x' }], createdAt: 1000 });
        await inserted({ id: c, owners: [owner], createdAt: 2000, deletedAt: 2001 });
        await inserted({ id: d, owners: [{ ...owner, password: 'other' }], createdAt: 3000 });
        expect(await store.infrastructureIds({ owners: [owner] })).toEqual([a, b]);
        expect(await store.infrastructureIds({ owners: [owner], includeDeleted: true })).toEqual([c, a, b]);
        expect(await store.infrastructureIds({ owners: [] })).toEqual([]);
        const all = await store.infrastructureIds({ includeDeleted: true });
        expect(all.filter((id) => ids.includes(id))).toEqual([d, c, a, b]);
        expect((await store.infrastructuresById([b, 'none', a])).map(({ id }) => id)).toEqual([b, a]);
      });

      it('finds an infrastructure by its new owners after they changed', async () => {
        const username = `user-${randomUUID()}`;
        const infrastructure = await inserted();
        const owner = { username, password: 'p', admin: false };
        await store.transaction((tx) => tx.saveInfrastructure({ ...infrastructure, owners: [owner] }));
        expect(await store.infrastructureIds({ owners: [owner] })).toEqual([infrastructure.id]);
        expect(await store.infrastructureIds({ owners: infrastructure.owners })).not.toContain(
          infrastructure.id,
        );
      });

      it('keeps ids apart that differ in case or in trailing spaces', async () => {
        const id = `Case-${randomUUID()}`;
        await inserted({ id });
        expect(await store.infrastructure(id.toLowerCase())).toBeNull();
      });

      it('puts an import in the place of a deleted one only', async () => {
        const old = await inserted({ owners: [{ username: 'old', password: 'o', admin: false }] }, 2);
        const operation = sampleOperation(old.id);
        await store.transaction(async (tx) => {
          await tx.insertOperation(operation);
          await tx.appendLogs([{ infrastructureId: old.id, scope: -1, text: 'old' }]);
          await tx.insertResources([sampleResource(old.id)]);
        });
        const imported = sampleInfrastructure({ id: old.id, name: 'imported' });
        const replace = () => store.transaction((tx) => tx.replaceDeletedInfrastructure(imported));
        await expect(replace()).rejects.toMatchObject({ code: 'Conflict' });
        await store.transaction(async (tx) => {
          const row = await tx.infrastructure(old.id);
          if (row !== null) {
            await tx.saveInfrastructure({ ...row, deletedAt: 1 });
          }
        });
        const before = (await store.infrastructureVersion(old.id))?.version ?? 0;
        await replace();
        expect(await store.infrastructure(old.id)).toEqual({ ...imported, version: before + 1 });
        expect(await store.vms(old.id)).toEqual([]);
        expect(await store.operation(operation.id)).toBeNull();
        expect(await store.log(old.id, -1)).toBe('');
        expect(await store.resources(old.id)).toEqual([]);
      });
    });

    describe('transactions', () => {
      it('write all or nothing', async () => {
        const infrastructure = sampleInfrastructure();
        const failing = store.transaction(async (tx) => {
          await tx.insertInfrastructure(infrastructure);
          await tx.insertVms([sampleVm(infrastructure.id, 0)]);
          throw new ImError('IncorrectState', 'No.');
        });
        await expect(failing).rejects.toThrow('No.');
        expect(await store.infrastructure(infrastructure.id)).toBeNull();
        expect(await store.vms(infrastructure.id)).toEqual([]);
      });

      it('see their own writes, which others do not see before the commit', async () => {
        const infrastructure = sampleInfrastructure();
        await store.transaction(async (tx) => {
          await tx.insertInfrastructure(infrastructure);
          expect(await tx.infrastructure(infrastructure.id)).not.toBeNull();
          expect(await store.infrastructure(infrastructure.id)).toBeNull();
        });
        expect(await store.infrastructure(infrastructure.id)).not.toBeNull();
      });
    });

    describe('VMs', () => {
      it('gives back what was stored, in order of their numbers', async () => {
        const { id } = await inserted();
        const vm = sampleVm(id, 1, {
          connectorData: { volumes: ['v1'] },
          launchErrors: ['no quota'],
          configured: true,
          lastSuccess: 12,
          status: 'live',
        });
        await store.transaction((tx) => tx.insertVms([vm, sampleVm(id, 0)]));
        expect(await store.vms(id)).toEqual([sampleVm(id, 0), vm]);
        expect(await store.vm(id, 1)).toEqual(vm);
        expect(await store.vm(id, 2)).toBeNull();
        expect((await store.vmSummaries(id))[1]).toEqual({
          imId: 1,
          status: 'live',
          providerState: 'pending',
          configured: true,
          providerId: null,
          lastSuccess: 12,
          failingSince: null,
          addedBy: null,
        });
      });

      it('raises the versions of the VM and of its infrastructure', async () => {
        const { id } = await inserted({}, 2);
        const before = (await store.infrastructureVersion(id))?.version ?? 0;
        const vms = await store.vms(id);
        await store.transaction((tx) =>
          tx.saveVms(vms.map((vm) => ({ ...vm, providerState: 'running', connectorData: { a: vm.imId } }))),
        );
        const saved = await store.vms(id);
        expect(saved.map((vm) => [vm.version, vm.providerState, vm.connectorData])).toEqual([
          [2, 'running', { a: 0 }],
          [2, 'running', { a: 1 }],
        ]);
        expect((await store.infrastructureVersion(id))?.version).toBeGreaterThan(before);
      });

      it('refuses to save an old version of one of them, and then saves none', async () => {
        const { id } = await inserted({}, 2);
        const [first, second] = await store.vms(id);
        if (first === undefined || second === undefined) {
          throw new Error('no VMs');
        }
        await store.transaction((tx) => tx.saveVms([second]));
        const both = store.transaction((tx) =>
          tx.saveVms([
            { ...first, providerState: 'off' },
            { ...second, providerState: 'off' },
          ]),
        );
        await expect(both).rejects.toThrow(VersionConflictError);
        expect((await store.vms(id)).map((vm) => vm.providerState)).toEqual(['pending', 'pending']);
        const unknown = store.transaction((tx) => tx.saveVms([sampleVm(id, 9)]));
        await expect(unknown).rejects.toThrow(VersionConflictError);
      });

      it('takes a thousand at once', async () => {
        const { id } = await inserted({}, 1000);
        expect(await store.vmSummaries(id)).toHaveLength(1000);
        const vms = await store.vms(id);
        await store.transaction((tx) => tx.saveVms(vms.map((vm) => ({ ...vm, status: 'failed' }))));
        expect((await store.vmSummaries(id)).every((vm) => vm.status === 'failed')).toBe(true);
      });
    });

    describe('claims', () => {
      it('go to 50 claimers without doubles', async () => {
        const { id } = await inserted({}, 60);
        const claimed: number[] = [];
        await Promise.all(
          Array.from({ length: 50 }, async (_, lane) => {
            const held = await lease(`${id}/launch-${lane}`);
            for (;;) {
              const vm = await store.transaction((tx) => tx.claimVmToLaunch(id, held), held);
              if (vm === null) {
                break;
              }
              expect(vm.status).toBe('launching');
              claimed.push(vm.imId);
            }
          }),
        );
        expect(claimed.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, imId) => imId));
      });

      it('live as long as their lease', async () => {
        const { id } = await inserted({}, 1);
        const first = await lease(`${id}/launch-0`, 'w1');
        const second = await lease(`${id}/launch-1`, 'w2');
        const claim = (held: Lease) => store.transaction((tx) => tx.claimVmToLaunch(id, held));
        const before = (await store.infrastructureVersion(id))?.version ?? 0;
        const mine = await claim(first);
        expect(mine).toMatchObject({ imId: 0, version: 2 });
        expect((await store.infrastructureVersion(id))?.version).toBe(before + 1);
        expect(await claim(second)).toBeNull();
        expect(await claim(first)).toBeNull();
        await store.releaseLease(first);
        expect(await claim(second)).toMatchObject({ imId: 0, version: 3 });
        // The worker that lost it cannot write any more.
        const late = store.transaction((tx) => tx.saveVms([{ ...sampleVm(id, 0), version: 2 }]), first);
        await expect(late).rejects.toThrow(LeaseLostError);
      });

      it('end when their lease changes hands, also for the new holder', async () => {
        const { id } = await inserted({}, 2);
        const claim = (held: Lease) => store.transaction((tx) => tx.claimVmToLaunch(id, held));
        const killed = await lease(`${id}/launch-0`, 'w1');
        const other = await lease(`${id}/launch-1`, 'w2');
        await claim(killed);
        await claim(killed);
        await store.releaseLease(killed);
        const successor = await lease(`${id}/launch-0`, 'w1');
        expect(await claim(successor)).toMatchObject({ imId: 0 });
        expect(await claim(other)).toMatchObject({ imId: 1 });
        expect(await claim(other)).toBeNull();
      });

      it('are kept by a save that leaves the VM launching, and end with any other', async () => {
        const { id } = await inserted({}, 1);
        const held = await lease(`${id}/launch-0`);
        const other = await lease(`${id}/launch-1`);
        const vm = await store.transaction((tx) => tx.claimVmToLaunch(id, held));
        if (vm === null) {
          throw new Error('nothing claimed');
        }
        await store.transaction((tx) => tx.saveVms([{ ...vm, launchAttempts: 1 }]));
        expect(await store.transaction((tx) => tx.claimVmToLaunch(id, other))).toBeNull();
        await store.transaction((tx) => tx.saveVms([{ ...vm, version: vm.version + 1, status: 'planned' }]));
        expect(await store.transaction((tx) => tx.claimVmToLaunch(id, other))).toMatchObject({ imId: 0 });
      });

      it('wait until a VM is due', async () => {
        const { id } = await inserted({}, 2, { launchNotBefore: (await store.now()) + 3_600_000 });
        const held = await lease(`${id}/launch-0`);
        expect(await store.transaction((tx) => tx.claimVmToLaunch(id, held))).toBeNull();
        const vm = await store.vm(id, 1);
        if (vm !== null) {
          await store.transaction((tx) => tx.saveVms([{ ...vm, launchNotBefore: startOfTime }]));
        }
        expect(await store.transaction((tx) => tx.claimVmToLaunch(id, held))).toMatchObject({ imId: 1 });
      });
    });

    describe('leases', () => {
      it('have one holder, and a new fence with every change of hands', async () => {
        const key = randomUUID();
        const first = await lease(key, 'w1');
        expect(await store.acquireLease(key, 'w2', 60_000)).toBeNull();
        expect(await store.acquireLease(key, 'w1', 60_000)).toBeNull();
        await store.renewLease(first, 60_000);
        await expect(store.releaseLease(first)).resolves.toBe(true);
        const second = await lease(key, 'w2');
        expect(second.fence).toBeGreaterThan(first.fence);
        await expect(store.renewLease(first, 60_000)).rejects.toThrow(LeaseLostError);
        const { id } = await inserted();
        const write = (held: Lease) =>
          store.transaction((tx) => tx.appendLogs([{ infrastructureId: id, scope: -1, text: 'x' }]), held);
        await expect(write(first)).rejects.toThrow(LeaseLostError);
        await write(second);
        expect(await store.log(id, -1)).toBe('x');
        // A lost lease is not given back in the name of its new holder.
        await expect(store.releaseLease(first)).resolves.toBe(true);
        await store.renewLease(second, 60_000);
      });

      it('are won by one of many', async () => {
        const key = randomUUID();
        const taken = await Promise.all(
          Array.from({ length: 20 }, (_, n) => store.acquireLease(key, `w${n}`, 60_000)),
        );
        expect(taken.filter((held) => held !== null)).toHaveLength(1);
      });

      it('have a new fence also when their holder takes them again', async () => {
        const key = randomUUID();
        const first = await lease(key, 'w1');
        await store.releaseLease(first);
        const second = await lease(key, 'w1');
        await expect(store.transaction(async () => undefined, first)).rejects.toThrow(LeaseLostError);
        await expect(store.renewLease(first, 60_000)).rejects.toThrow(LeaseLostError);
        await store.releaseLease(first);
        await store.transaction(async () => undefined, second);
      });

      it('expire by the clock of the database', async () => {
        const key = randomUUID();
        const first = await lease(key, 'w1', 30);
        await untilAfter((await store.now()) + 30);
        // Nobody took it, so it still protects its holder's writes.
        await store.transaction(async () => undefined, first);
        const second = await lease(key, 'w2');
        expect(second.fence).toBeGreaterThan(first.fence);
        await expect(store.transaction(async () => undefined, first)).rejects.toThrow(LeaseLostError);
      });

      it('are kept while there is work', async () => {
        const { id } = await inserted();
        const held = await lease(id);
        const operation = sampleOperation(id);
        await store.transaction((tx) => tx.insertOperation(operation));
        const hasWork = async (tx: Pick<Store, 'activeOperations'>) =>
          (await tx.activeOperations(id)).length > 0;
        expect(await store.releaseLease(held, hasWork)).toBe(false);
        await store.renewLease(held, 60_000);
        await store.transaction((tx) => tx.saveOperation({ ...operation, state: 'failed' }));
        expect(await store.releaseLease(held, hasWork)).toBe(true);
        await expect(store.renewLease(held, 60_000)).rejects.toThrow(LeaseLostError);
      });

      it('can all be ended at once', async () => {
        const key = randomUUID();
        const first = await lease(key, 'killed');
        await store.expireAllLeases();
        await expect(store.renewLease(first, 60_000)).rejects.toThrow(LeaseLostError);
        expect((await lease(key, 'next')).fence).toBeGreaterThan(first.fence);
      });
    });

    describe('operations', () => {
      it('gives back what was stored and saved', async () => {
        const { id } = await inserted();
        const operation = sampleOperation(id, { deadline: 77, data: { done: [1] } });
        await store.transaction((tx) => tx.insertOperation(operation));
        expect(await store.operation(operation.id)).toEqual(operation);
        const changed = {
          ...operation,
          state: 'failed' as const,
          step: 'end',
          data: null,
          result: ['r'],
          error: { code: 'Internal', message: 'm', hint: 'h' },
          finishedAt: 9,
          notBefore: 8,
          attempts: 2,
          startedAt: 4,
        };
        await store.transaction((tx) => tx.saveOperation(changed));
        expect(await store.operation(operation.id)).toEqual(changed);
        const asked = { id: operation.id, request: { force: true } };
        await store.transaction((tx) => tx.saveOperationRequest(asked));
        expect(await store.operation(operation.id)).toEqual({ ...changed, request: asked.request });
        expect(await store.operation('none')).toBeNull();
        const unknown = store.transaction((tx) => tx.saveOperation(sampleOperation(id)));
        await expect(unknown).rejects.toThrow(VersionConflictError);
      });

      it('raise the version of their infrastructure when their state changes', async () => {
        const { id } = await inserted();
        const operation = sampleOperation(id);
        await store.transaction((tx) => tx.insertOperation(operation));
        expect((await store.infrastructureVersion(id))?.version).toBe(2);
        await store.transaction((tx) => tx.saveOperation({ ...operation, state: 'running' }));
        await store.transaction((tx) => tx.saveOperation({ ...operation, state: 'running', step: 'next' }));
        expect((await store.infrastructureVersion(id))?.version).toBe(3);
      });

      it('are found by lane and while they are active, oldest first', async () => {
        const { id } = await inserted();
        const done = sampleOperation(id, { state: 'succeeded' });
        const running = sampleOperation(id, { state: 'running' });
        const refresh = sampleOperation(id, { kind: 'refresh', lane: 'refresh' });
        const waiting = sampleOperation(id);
        await store.transaction(async (tx) => {
          for (const operation of [done, running, refresh, waiting]) {
            await tx.insertOperation(operation);
          }
        });
        expect((await store.activeOperations(id)).map((row) => row.id)).toEqual([
          running.id,
          refresh.id,
          waiting.id,
        ]);
        expect((await store.latestOperation(id, 'mutation'))?.id).toBe(waiting.id);
        expect((await store.latestOperation(id, 'refresh'))?.id).toBe(refresh.id);
        expect(await store.latestOperation(id, 'contextualization')).toBeNull();
      });

      it('are unattended when they are due and nobody holds their subject', async () => {
        const [first, second, third] = [await inserted(), await inserted(), await inserted()];
        const operations = [
          sampleOperation(first.id),
          sampleOperation(first.id, { kind: 'contextualize', lane: 'contextualization' }),
          sampleOperation(second.id),
          sampleOperation(third.id, { notBefore: (await store.now()) + 3_600_000 }),
          sampleOperation(null, { kind: 'quotas' }),
          sampleOperation(null, { kind: 'quotas', state: 'succeeded' }),
        ];
        await store.transaction(async (tx) => {
          for (const operation of operations) {
            await tx.insertOperation(operation);
          }
        });
        const ids = operations.map(({ id }) => id);
        const unattended = async () =>
          (await store.unattendedWork(1000)).filter(({ operationId }) => ids.includes(operationId));
        const held = await lease(second.id);
        const question = { infrastructureId: null, operationId: ids[4] };
        expect(await unattended()).toEqual([{ infrastructureId: first.id, operationId: ids[0] }, question]);
        await store.releaseLease(held);
        expect(await unattended()).toContainEqual({ infrastructureId: second.id, operationId: ids[2] });
        expect(await store.unattendedWork(1)).toHaveLength(1);
      });
    });

    describe('logs and events', () => {
      it('stores a chunk of a run once', async () => {
        const { id } = await inserted();
        const chunk = { infrastructureId: id, scope: 0, text: 'PLAY\n', run: { runId: 'r', offset: 0 } };
        const next = { ...chunk, text: 'ok ñ\n', run: { runId: 'r', offset: 5 } };
        await store.transaction((tx) => tx.appendLogs([chunk]));
        await store.transaction((tx) => tx.appendLogs([chunk, next]));
        await store.transaction((tx) =>
          tx.appendLogs([
            { infrastructureId: id, scope: -1, text: 'a' },
            { infrastructureId: id, scope: -1, text: 'a' },
          ]),
        );
        expect(await store.log(id, 0)).toBe('PLAY\nok ñ\n');
        expect(await store.logs(id)).toEqual(
          new Map([
            [0, 'PLAY\nok ñ\n'],
            [-1, 'aa'],
          ]),
        );
        await store.transaction((tx) => tx.clearLogs(id, [0]));
        expect(await store.logs(id)).toEqual(new Map([[-1, 'aa']]));
      });

      it('numbers events and gives those after one', async () => {
        const { id } = await inserted();
        await store.transaction((tx) =>
          tx.appendEvents([1, 2, 3].map((data) => ({ infrastructureId: id, kind: 'vm', data }))),
        );
        const all = await store.events(id, 0, 100);
        expect(all.map(({ data }) => data)).toEqual([1, 2, 3]);
        expect(all[0]?.at).toBeGreaterThan(startOfTime);
        const [after] = await store.events(id, all[0]?.sequence ?? 0, 1);
        expect(after).toEqual(all[1]);
      });
    });

    describe('the ledger and runs', () => {
      it('finds resources by state and saves them by what makes them unique', async () => {
        const { id } = await inserted();
        const network = sampleResource(id, { token: 'net' });
        const machine = sampleResource(id, { kind: 'machine', state: 'present', createdAt: startOfTime + 1 });
        await store.transaction((tx) => tx.insertResources([network, machine]));
        const again = { ...network, id: randomUUID(), state: 'gone' as const, providerId: 'p' };
        await store.transaction((tx) => tx.saveResources([again, { ...machine, lastError: 'e' }]));
        expect(await store.resources(id)).toEqual([
          { ...again, id: network.id },
          { ...machine, lastError: 'e' },
        ]);
        expect(await store.resources(id, ['present', 'unknown'])).toEqual([{ ...machine, lastError: 'e' }]);
        await expect(store.transaction((tx) => tx.insertResources([network]))).rejects.toThrow();
      });

      it('saves runs', async () => {
        const { id } = await inserted();
        const operation = sampleOperation(id, { kind: 'contextualize', lane: 'contextualization' });
        const second = sampleRun(operation, { runId: 'b', step: 2 });
        const first = sampleRun(operation, { runId: 'z', step: 1, data: { pid: 7 } });
        await store.transaction((tx) => tx.saveRuns([second, first]));
        const changed = { ...first, state: 'ok' as const, exitCode: 0, logOffset: 3, vmId: null };
        await store.transaction((tx) => tx.saveRuns([changed]));
        const runs = await store.runs(operation.id);
        expect(runs.sort((a, b) => a.step - b.step)).toEqual([changed, second]);
      });
    });

    describe('credentials and idempotency', () => {
      it('gives credentials until they are deleted or expired', async () => {
        const { id } = sampleOperation(null);
        const items = [{ type: 'OpenStack', password: 'p' }];
        const insert = async (expiresAt: number) =>
          store.transaction((tx) => tx.insertCredentials(id, items, expiresAt));
        await insert((await store.now()) + 3_600_000);
        expect(await store.credentials(id)).toEqual(items);
        await insert((await store.now()) - 1);
        expect(await store.credentials(id)).toBeNull();
        await insert((await store.now()) + 3_600_000);
        await store.transaction((tx) => tx.deleteCredentials(id));
        expect(await store.credentials(id)).toBeNull();
      });

      it('takes an idempotency key once, also when two come at the same time', async () => {
        const record = {
          key: randomUUID(),
          requestHash: 'h',
          operationId: null,
          infrastructureId: 'i',
          response: { uri: 'u' },
          createdAt: startOfTime,
        };
        const outcomes = await Promise.allSettled(
          [1, 2].map(() => store.transaction((tx) => tx.insertIdempotency(record))),
        );
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        const refused = outcomes.find((outcome) => outcome.status === 'rejected');
        expect(refused?.reason).toMatchObject({ name: 'ImError', code: 'Conflict' });
        expect(await store.idempotency(record.key)).toEqual(record);
        expect(await store.idempotency('none')).toBeNull();
      });

      it('sweeps what is over and nothing else', async () => {
        const now = await store.now();
        const { id } = await inserted();
        const [expired, live] = [sampleOperation(id), sampleOperation(id)];
        const answered = sampleOperation(id, { kind: 'refresh', lane: 'refresh', finishedAt: now - 1000 });
        const fresh = sampleOperation(id, { kind: 'refresh', lane: 'refresh', finishedAt: now });
        const kept = sampleOperation(id, { state: 'succeeded', finishedAt: now - 1000 });
        const record = { requestHash: 'h', operationId: null, infrastructureId: null, response: null };
        const keys = [randomUUID(), randomUUID()];
        await store.transaction(async (tx) => {
          await tx.insertCredentials(expired.id, [], now - 1);
          await tx.insertCredentials(live.id, [], now + 3_600_000);
          for (const operation of [answered, fresh, kept]) {
            await tx.insertOperation(operation);
          }
          await tx.insertIdempotency({ ...record, key: keys[0] ?? '', createdAt: now - 3000 });
          await tx.insertIdempotency({ ...record, key: keys[1] ?? '', createdAt: now - 1000 });
        });
        const released = await lease(`${id}/released`);
        await store.releaseLease(released);
        const held = await lease(id);
        await store.sweep(now - 500, now - 2000);
        expect(await store.credentials(live.id)).toEqual([]);
        expect(await store.operation(answered.id)).toBeNull();
        expect(await store.operation(fresh.id)).not.toBeNull();
        expect(await store.operation(kept.id)).not.toBeNull();
        expect(await store.idempotency(keys[0] ?? '')).toBeNull();
        expect(await store.idempotency(keys[1] ?? '')).not.toBeNull();
        await store.renewLease(held, 60_000);
        // A fence never comes again, even when its row was swept.
        expect((await lease(`${id}/released`)).fence).not.toBe(released.fence);
      });
    });

    it('keeps everything over a restart', async () => {
      const infrastructure = await inserted({}, 3);
      const before = [await store.infrastructure(infrastructure.id), await store.vms(infrastructure.id)];
      await store.close();
      store = await open();
      await store.ping();
      expect([await store.infrastructure(infrastructure.id), await store.vms(infrastructure.id)]).toEqual(
        before,
      );
    });
  });
}
