import { CloudError } from '@im/domain';
import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { ServiceBench } from '../fakes/service-bench.js';

const image = "disk.0.image.url = 'scripted://image'";
const life = `network net () network pub (outbound = 'yes')
  system node (net_interface.0.connection = 'net' and ${image}) system front (net_interface.0.connection = 'pub' and ${image})
  deploy node 2 deploy front 1`;
const long = 120_000;

/** A bench whose clouds take their time, and lose an answer now and then. */
async function slowBench(): Promise<ServiceBench> {
  const bench = new ServiceBench({ clouds: ['one', 'two'], options: { maxSimultaneousLaunches: 2 } });
  for (const cloud of bench.clouds.values()) {
    for (const method of ['concreteSystems', 'prepare', 'finalize', 'cleanUp'] as const) {
      cloud.always(method, { delayMs: 700 });
    }
    cloud.always('launch', { delayMs: 3_000 });
    cloud.next(
      'launch',
      { delayMs: 900 },
      { error: new CloudError('OutcomeUnknown', 'The answer was lost.'), effectAfterMs: 0 },
    );
  }
  bench.contextualization.script = ({ operation }) =>
    operation.step === 'start' ? { type: 'wait', step: 'configure', delayMs: 2_000 } : null;
  await bench.start();
  return bench;
}

/** When something happens in the life of a bench: after a commit, or some time after the beginning. */
type Moment = { commit: number } | { ms: number };

/** Lets `act` happen at the moment. @returns whether the moment came at all */
async function at(moment: Moment, bench: ServiceBench, act: () => void): Promise<boolean> {
  if ('ms' in moment) {
    await bench.run(moment.ms);
    act();
    await bench.run(long);
    return true;
  }
  let commits = 0;
  bench.store.onPoint = (point) => {
    if (point === 'after-commit' && ++commits === moment.commit) {
      queueMicrotask(act);
    }
  };
  await bench.run(long);
  return commits >= moment.commit;
}

/** All commits of a life, as long as there are any, and times in the middle of its calls. */
async function atEveryMoment(
  limits: { commits: number; ms: number },
  attempt: (moment: Moment, name: string) => Promise<boolean>,
): Promise<void> {
  for (let ms = 50; ms < limits.ms; ms += 450) {
    await attempt({ ms }, `after ${ms} ms`);
  }
  let commit = 1;
  while (await attempt({ commit }, `after commit ${commit}`)) {
    commit++;
  }
  expect(commit).toBeGreaterThan(limits.commits);
}

async function created(bench: ServiceBench): Promise<string> {
  const { infrastructureId } = await bench.requests.create(bench.context(), parseRadl(life), { async: true });
  return infrastructureId ?? '';
}

describe('a destroy', () => {
  it('during a create, at any moment, ends with nothing left', async () => {
    await atEveryMoment({ commits: 25, ms: 14_000 }, async (moment, name) => {
      const bench = await slowBench();
      const id = await created(bench);
      const asked: Promise<{ operationId: string }>[] = [];
      const happened = await at(moment, bench, () => {
        asked.push(bench.requests.destroy(bench.context(), id, { force: false }));
      });
      for (const { operationId } of await Promise.all(asked)) {
        expect(await bench.operation(operationId), name).toMatchObject({ state: 'succeeded' });
        expect(await bench.leftovers(id), name).toEqual([]);
        expect((await bench.infrastructure(id)).deletedAt, name).not.toBeNull();
      }
      return happened;
    });
  });
});

describe('a worker that is killed', () => {
  const configured = { state: 'configured', vms: { 0: 'configured', 1: 'configured', 2: 'configured' } };
  const machines = (bench: ServiceBench): string[] =>
    [...bench.clouds.values()].flatMap((cloud) => cloud.machines.map(({ token }) => token)).sort();

  it('during a create, at any moment, is replaced without a machine twice or lost', async () => {
    await atEveryMoment({ commits: 25, ms: 14_000 }, async (moment, name) => {
      const bench = await slowBench();
      const id = await created(bench);
      const happened = await at(moment, bench, () => bench.kill());
      await bench.start();
      await bench.run(long);

      expect(await bench.states(id), name).toEqual(configured);
      expect(machines(bench), name).toEqual([`${id}-0`, `${id}-1`, `${id}-2`]);
      await bench.requests.destroy(bench.context(), id, { force: false });
      await bench.run(long);
      expect(await bench.leftovers(id), name).toEqual([]);
      return happened;
    });
  });

  it('during a destroy, at any moment, is replaced and nothing is left', async () => {
    await atEveryMoment({ commits: 6, ms: 3_000 }, async (moment, name) => {
      const bench = await slowBench();
      const { id } = await bench.create(life, { ms: long });
      const { operationId } = await bench.requests.destroy(bench.context(), id, { force: false });
      const happened = await at(moment, bench, () => bench.kill());
      await bench.start();
      await bench.run(long);

      expect(await bench.operation(operationId), name).toMatchObject({ state: 'succeeded' });
      expect(await bench.leftovers(id), name).toEqual([]);
      return happened;
    });
  });

  it('during a removal, at any moment, is replaced and the rest is configured', async () => {
    await atEveryMoment({ commits: 6, ms: 4_000 }, async (moment, name) => {
      const bench = await slowBench();
      const { id } = await bench.create(life, { ms: long });
      const { operationId } = await bench.requests.remove(bench.context(), id, '0,2', {
        contextualize: true,
      });
      const happened = await at(moment, bench, () => bench.kill());
      await bench.start();
      await bench.run(long);

      expect(await bench.operation(operationId), name).toMatchObject({ state: 'succeeded' });
      expect(await bench.states(id), name).toEqual({ state: 'configured', vms: { 1: 'configured' } });
      expect(machines(bench), name).toEqual([`${id}-1`]);
      return happened;
    });
  });
});
