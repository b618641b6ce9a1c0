import type { AcceptedUpdate, KeptTosca, ToscaUpdate, UpdateOptions, UpdateState } from '@im/domain';
import { ImError } from '@im/domain';
import { parseRadl } from '@im/radl';
import { beforeEach, describe, expect, it } from 'vitest';
import { ServiceBench } from '../fakes/service-bench.js';

const definitions = (cpus = 1): string =>
  `network net () ${['node', 'other']
    .map(
      (name) =>
        `system ${name} (net_interface.0.connection = 'net' and cpu.count = ${cpus} and disk.0.image.url = 'scripted://image')`,
    )
    .join(' ')}`;
const nodes = (count: number, cpus = 1): string => `${definitions(cpus)} deploy node ${count}`;

const keptWith = (document: string): KeptTosca => ({
  document,
  containerId: '0a1b2c3d',
  generatedInputs: { password: 'made' },
});

interface Wanted {
  node?: number;
  other?: number;
  cpus?: number;
}

/** The translation of a document that says how many VMs of each kind there shall be; the oldest go first. */
function wanting({ cpus = 1, ...counts }: Wanted) {
  return async ({ vms }: UpdateState): Promise<ToscaUpdate> => {
    const update: ToscaUpdate = {
      radl: parseRadl(definitions(cpus)),
      remove: [],
      tosca: keptWith(JSON.stringify({ cpus, ...counts })),
    };
    for (const [system, count] of Object.entries(counts)) {
      const there = vms.filter((vm) => vm.system === system);
      update.remove.push(...there.slice(0, Math.max(there.length - count, 0)).map((vm) => vm.imId));
      if (count > there.length) {
        update.radl.deploys.push(
          ...parseRadl(`system ${system} deploy ${system} ${count - there.length}`).deploys,
        );
      }
    }
    return update;
  };
}

let bench: ServiceBench;
let id: string;
beforeEach(async () => {
  bench = new ServiceBench();
  await bench.start();
  const tosca = keptWith('first');
  const accepted = await bench.requests.create(bench.context(), parseRadl(nodes(2)), { async: true, tosca });
  id = accepted.infrastructureId ?? '';
  await bench.run();
  bench.contextualization.requests.length = 0;
});

function update(
  wanted: Wanted | ((state: UpdateState) => Promise<ToscaUpdate>),
  options: Partial<UpdateOptions> = {},
  key?: string,
): Promise<AcceptedUpdate> {
  const context =
    key === undefined
      ? bench.context()
      : { ...bench.context(), idempotency: { key, requestHash: JSON.stringify(wanted) } };
  const prepare = typeof wanted === 'function' ? wanted : wanting(wanted);
  return bench.requests.update(context, id, prepare, { contextualize: true, ...options });
}

/** The same, with time for everything that it leads to. */
async function updated(...given: Parameters<typeof update>): Promise<AcceptedUpdate> {
  const accepted = update(...given);
  await bench.run();
  return accepted;
}

const codeOf = (error: unknown): string => (error instanceof ImError ? error.code : 'another error');
const numbers = async (): Promise<number[]> => (await bench.vms(id)).map((vm) => vm.imId);
const document = async (): Promise<string | undefined> => (await bench.infrastructure(id)).tosca?.document;
const steps = (): string[] =>
  bench
    .cloud()
    .calls.filter(({ method }) => method === 'launch' || method === 'finalize')
    .map(({ method, token }) => `${method} ${token.slice(id.length + 1)}`);

describe('a TOSCA document sent to an infrastructure', () => {
  it('is kept with it from its creation on', async () => {
    expect((await bench.infrastructure(id)).tosca).toEqual(keptWith('first'));
  });

  it('launches the VMs that are missing and takes the place of the one before', async () => {
    const accepted = await updated({ node: 4 });

    expect(await numbers()).toEqual([0, 1, 2, 3]);
    expect((await bench.operation(accepted.add?.operationId ?? '')).result).toEqual({ vmIds: [2, 3] });
    expect(accepted).toMatchObject({ infrastructureId: id, remove: null, reconfigure: null, toRemove: 0 });
    expect(await document()).toBe('{"cpus":1,"node":4}');
    expect(bench.contextualization.requests).toMatchObject([{ reason: 'add' }]);
  });

  it('removes VMs before it launches others', async () => {
    const before = steps().length;
    const accepted = await updated({ node: 1, other: 1 });

    expect(accepted.toRemove).toBe(1);
    expect(steps().slice(before)).toEqual(['finalize 0', 'launch 2']);
    expect(await numbers()).toEqual([1, 2]);
    expect(await bench.states(id)).toEqual({
      state: 'configured',
      vms: { 1: 'configured', 2: 'configured' },
    });
  });

  it('that only removes takes over its definitions first and configures the others once', async () => {
    const accepted = await updated({ node: 1, cpus: 4 });

    expect(await numbers()).toEqual([1]);
    expect(accepted.reconfigure).toBeNull();
    expect((await bench.operation(accepted.add?.operationId ?? '')).result).toEqual({ vmIds: [] });
    expect((await bench.infrastructure(id)).radl.systems[0]?.features.getNumber('cpu.count')).toBe(4);
    expect(bench.contextualization.requests).toMatchObject([{ reason: 'remove' }]);
  });

  it('configures everything again when the VMs are those that it asks for', async () => {
    const accepted = await updated({ node: 2, cpus: 4 });

    expect(await numbers()).toEqual([0, 1]);
    expect(accepted.remove).toBeNull();
    expect(await bench.operation(accepted.reconfigure?.operationId ?? '')).toMatchObject({
      state: 'succeeded',
    });
    expect(bench.contextualization.requests).toMatchObject([{ reason: 'reconfigure' }]);
    expect((await bench.infrastructure(id)).radl.systems[0]?.features.getNumber('cpu.count')).toBe(4);
  });

  it('only changes definitions when nothing is to be configured', async () => {
    const log = await bench.log(id);
    const accepted = await updated({ node: 2, cpus: 4 }, { contextualize: false });

    expect(accepted).toMatchObject({ remove: null, reconfigure: null });
    expect(bench.contextualization.requests).toEqual([]);
    expect(await bench.log(id)).toBe(log);
    expect((await bench.infrastructure(id)).radl.systems[0]?.features.getNumber('cpu.count')).toBe(4);
    expect(await document()).toBe('{"cpus":4,"node":2}');
    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
  });

  it('gives its operations the credentials of who sent it', async () => {
    bench.kill();
    const { add, remove } = await update({ node: 1, other: 1 });

    for (const operation of [add, remove]) {
      expect(await bench.store.credentials(operation?.operationId ?? '')).toEqual(bench.credentials());
    }
  });
});

describe('TOSCA documents at the same time', () => {
  it('do not add twice what each of them asks for', async () => {
    const accepted = Promise.all([update({ node: 4 }), update({ node: 4 }), update({ node: 4 })]);
    await bench.run(120_000);
    await accepted;

    expect(await numbers()).toEqual([0, 1, 2, 3]);
  });

  it('do not remove twice what each of them wants less of', async () => {
    const accepted = Promise.all([update({ node: 1 }), update({ node: 1 })]);
    await bench.run(120_000);
    await accepted;

    expect(await numbers()).toEqual([1]);
  });

  it('count the VMs of a creation that has not begun', async () => {
    bench.kill();
    const created = await bench.requests.create(bench.context(), parseRadl(nodes(2)), { async: true });
    id = created.infrastructureId ?? '';
    const accepted = update({ node: 3 });
    await bench.run(5_000);
    await bench.start();
    await bench.run();
    await accepted;
    await bench.run();

    expect(await numbers()).toEqual([0, 1, 2]);
  });

  it('do not wait for launches, only for their number', async () => {
    bench.cloud().always('launch', { delayMs: 600_000 });
    await bench.requests.add(bench.context(), id, parseRadl('system node deploy node 1'), {
      contextualize: true,
    });
    await bench.run(1_000);
    const accepted = await update({ node: 3 });

    expect(accepted).toMatchObject({ remove: null, toRemove: 0 });
    expect(accepted.reconfigure).not.toBeNull();
  });

  it('do not count VMs that are about to be removed', async () => {
    bench.kill();
    await bench.requests.remove(bench.context(), id, '1', { contextualize: false });
    await update({ node: 2 });
    await bench.start();
    await bench.run(120_000);

    expect(await numbers()).toEqual([0, 2]);
  });

  it('give up with nothing changed when earlier requests do not get on', async () => {
    bench.kill();
    await bench.requests.add(bench.context(), id, parseRadl('system node deploy node 1'), {
      contextualize: true,
    });
    const problem = update({ node: 3 }, { waitMs: 10_000 }).then(() => 'accepted', codeOf);
    await bench.run(20_000);

    expect(await problem).toBe('Conflict');
    expect(await document()).toBe('first');
    expect(await bench.store.activeOperations(id)).toHaveLength(1);
  });

  it('give up when their sender is gone', async () => {
    bench.kill();
    await bench.requests.add(bench.context(), id, parseRadl('system node deploy node 1'), {
      contextualize: true,
    });
    const problem = update({ node: 3 }, { signal: AbortSignal.abort() });

    await expect(problem).rejects.toMatchObject({ code: 'Conflict' });
  });

  it('are translated again when VMs came while they were translated', async () => {
    const seen: number[] = [];
    const accepted = await updated(async (state) => {
      seen.push(state.vms.length);
      if (seen.length === 1) {
        await bench.requests.add(bench.context(), id, parseRadl('system node deploy node 1'), {
          contextualize: true,
        });
      }
      return wanting({ node: 4 })(state);
    });

    expect(seen).toEqual([2, 3]);
    expect(await numbers()).toEqual([0, 1, 2, 3]);
    expect((await bench.operation(accepted.add?.operationId ?? '')).result).toEqual({ vmIds: [3] });
  });

  it('are translated again when the document that they change was replaced', async () => {
    const seen: (string | undefined)[] = [];
    await updated(async (state) => {
      seen.push(state.infrastructure.tosca?.document);
      if (seen.length === 1) {
        await update({ node: 2 }, { contextualize: false });
      }
      return wanting({ node: 2 })(state);
    });

    expect(seen).toEqual(['first', '{"cpus":1,"node":2}']);
  });

  it('give up when the infrastructure goes on changing', async () => {
    const problem = update(async (state) => {
      await bench.requests.add(bench.context(), id, parseRadl('system node deploy node 1'), {
        contextualize: false,
      });
      return wanting({ node: 1 })(state);
    }).then(() => 'accepted', codeOf);
    await bench.run(120_000);

    expect(await problem).toBe('Conflict');
    expect(await document()).toBe('first');
    expect(await numbers()).toHaveLength(7);
  });

  it('that bear the same Idempotency-Key are one', async () => {
    const first = await updated({ node: 3 }, {}, 'k');
    await updated({ node: 2 });

    expect(await updated({ node: 3 }, {}, 'k')).toEqual(first);
    expect(await numbers()).toEqual([1, 2]);
    await expect(update({ node: 5 }, {}, 'k')).rejects.toMatchObject({ code: 'Conflict' });
  });

  it('that bear the same Idempotency-Key and come together are one', async () => {
    const both = Promise.all([update({ node: 3 }, {}, 'k'), update({ node: 3 }, {}, 'k')]);
    await bench.run();
    const [first, second] = await both;

    expect(second).toEqual(first);
    expect(await numbers()).toEqual([0, 1, 2]);
  });
});

describe('a TOSCA document that is refused', () => {
  const nothingChanged = async (): Promise<void> => {
    expect(await document()).toBe('first');
    expect(await bench.store.activeOperations(id)).toEqual([]);
    expect(await numbers()).toEqual([0, 1]);
  };

  it('by its translation changes nothing', async () => {
    const problem = update(() => Promise.reject(new Error('Cannot be read.')));

    await expect(problem).rejects.toThrow('Cannot be read.');
    await nothingChanged();
  });

  it.each<[string, (given: ToscaUpdate) => ToscaUpdate, string]>([
    [
      'with definitions that are no good',
      (given) => ({ ...given, radl: parseRadl('system node (cpu.count = 1) deploy lost 1') }),
      'Invalid system id in the deploy.',
    ],
    ['with too many VMs', (given) => ({ ...given, radl: parseRadl(nodes(10_001)) }), 'asks for 10001 VMs'],
    ['with a VM to remove that there is not', (given) => ({ ...given, remove: [7] }), 'Invalid VM ID'],
  ])('%s changes nothing', async (_what, spoil, why) => {
    const problem = update(async (state) => spoil(await wanting({ node: 1 })(state)));

    await expect(problem).rejects.toThrow(why);
    await nothingChanged();
  });

  it('because its operations cannot be stored is not kept either', async () => {
    bench.store.onPoint = (point) => {
      if (point === 'before-commit') {
        throw new Error('The disk is full.');
      }
    };

    await expect(update({ node: 4 })).rejects.toThrow('The disk is full.');
    bench.store.onPoint = () => undefined;
    await bench.run();
    await nothingChanged();
  });

  it('since the infrastructure is not its sender’s, or is being destroyed', async () => {
    const prepare = wanting({ node: 4 });
    const others = bench.requests.update(bench.context('bob'), id, prepare, { contextualize: true });

    await expect(others).rejects.toMatchObject({ code: 'AccessDenied' });
    bench.kill();
    await bench.requests.destroy(bench.context(), id, { force: false });
    await expect(update({ node: 4 })).rejects.toThrow('Infrastructure deleted. Do not add resources.');
    expect(await document()).toBe('first');
  });
});
