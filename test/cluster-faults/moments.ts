import type { Cluster } from '../cluster/cluster.js';
import type { Misbehaviour } from '../fakes/misbehaving-server.js';
import type { FakeCloud } from '../servers/fake-cloud.js';
import { fakeMachines } from '../servers/fake-cloud.js';
import type { RestAnswer } from '../servers/rest-client.js';
import { openCloud, recoveryMs, untilAtRest } from './fault-cluster.js';

/** Every call to the cloud that an operation makes, in their order. */
const callsOf = {
  create: [
    /GET .*\/info/u,
    /GET .*\/networks/u,
    /POST .*\/networks\/create/u,
    /GET .*\/images/u,
    /POST .*\/volumes\/create/u,
    /GET .*\/containers\/im-/u,
    /POST .*\/containers\/create/u,
    /PUT .*\/archive/u,
    /POST .*\/start/u,
  ],
  add: [/POST .*\/volumes\/create/u, /POST .*\/containers\/create/u, /POST .*\/start/u],
  remove: [/DELETE .*\/containers/u, /DELETE .*\/volumes/u],
  destroy: [/DELETE .*\/containers/u, /DELETE .*\/volumes/u, /DELETE .*\/networks/u],
};

export type ChangeKind = keyof typeof callsOf;

/** When the fault comes: before the call arrives, or when its work is done and its answer is on the way. */
const moments: Record<string, Misbehaviour> = { before: { hold: true }, after: { holdAnswer: true } };

/** Numbers of machines before a change; each of them ends with those of `after`. */
const machinesOf: Record<ChangeKind, { before: number; after: string[] }> = {
  create: { before: 0, after: ['0', '1'] },
  add: { before: 1, after: ['0', '1'] },
  remove: { before: 2, after: ['0'] },
  destroy: { before: 2, after: [] },
};

/** One infrastructure on a cloud of its own, whose change is interrupted at one call. */
export interface Life {
  name: string;
  cloud: FakeCloud;
  id: string;
  which: RegExp;
  how: Misbehaviour;
  /** What the one who asked for the change is told. */
  answer: Promise<RestAnswer | null>;
}

/** What became of a life. */
export interface LifeEnd {
  name: string;
  /** Status of the answer to the one who asked. */
  answered: number;
  state: string;
  vms: string[];
  /** All containers that were ever made. */
  made: string[];
  /** Containers that exist. */
  containers: number;
}

/** Infrastructures for each moment of a change, as they are before it. */
export async function livesBefore(
  cluster: Cluster,
  kind: ChangeKind,
  only: readonly string[] = Object.keys(moments),
): Promise<Life[]> {
  const lives = callsOf[kind].flatMap((which) =>
    Object.entries(moments)
      .filter(([moment]) => only.includes(moment))
      .map(([moment, how]) => ({ name: `${moment} ${which.source}`, which, how })),
  );
  const { before } = machinesOf[kind];
  return Promise.all(
    lives.map(async (life) => {
      const cloud = await openCloud(cluster);
      const answer = Promise.resolve(null);
      if (before === 0) {
        return { ...life, cloud, id: '', answer };
      }
      const id = await cloud.client.create(fakeMachines(before));
      await cloud.client.untilState(id, ['configured'], recoveryMs);
      return { ...life, cloud, id, answer };
    }),
  );
}

/** Lets each come to its call, then does `fault`, then lets the calls go on. */
export async function faultAtEachCall(
  kind: ChangeKind,
  lives: readonly Life[],
  fault: () => Promise<void>,
): Promise<void> {
  const held = await Promise.all(
    lives.map(async (life) => {
      const hold = life.cloud.server.fail(life.which, life.how, 1);
      const answer = request(life, kind);
      life.answer = answer;
      const refused = answer.then(({ text }) => {
        throw new Error(`${kind} was answered before ${life.name}: ${text}`);
      });
      await Promise.race([hold.reached, refused]);
      return hold;
    }),
  );
  await fault();
  held.forEach((hold) => hold.end());
}

/** Waits until all changes are done, with whatever result. */
export async function endsOf(cluster: Cluster, lives: readonly Life[]): Promise<LifeEnd[]> {
  await untilAtRest(cluster);
  return Promise.all(lives.map((life) => endOf(life)));
}

/** What must become of them: each machine was made once, and exactly those exist that should. */
export function rightEnds(kind: ChangeKind, lives: readonly Life[]): LifeEnd[] {
  const { before, after } = machinesOf[kind];
  const ever = Math.max(before, after.length);
  return lives.map(({ name, id }) => ({
    name,
    answered: 200,
    state: kind === 'destroy' ? 'gone' : 'configured',
    vms: after,
    made: Array.from({ length: ever }, (_unused, vm) => `im-${id}-${vm}`),
    containers: after.length,
  }));
}

/** Sends the request of a change, whose answer comes later. */
function request({ cloud: { client }, id }: Life, kind: ChangeKind): Promise<RestAnswer> {
  const path = `/infrastructures/${id}`;
  const timeoutMs = 2 * recoveryMs;
  switch (kind) {
    case 'create':
      return client.request('POST', '/infrastructures', { body: fakeMachines(2), timeoutMs });
    case 'add':
      return client.request('POST', path, { body: 'system node\ndeploy node 1', timeoutMs });
    case 'remove':
      return client.request('DELETE', `${path}/vms/1`, { timeoutMs });
    case 'destroy':
      return client.request('DELETE', path, { timeoutMs });
  }
}

async function endOf(life: Life): Promise<LifeEnd> {
  const { name, cloud, answer } = life;
  const { client, engine } = cloud;
  const answered = (await answer)?.status ?? 0;
  const [id] = await client.ids();
  const exists = id !== undefined;
  life.id = id ?? life.id;
  return {
    name,
    answered,
    state: exists ? await client.state(id) : 'gone',
    vms: exists ? await client.vms(id) : [],
    made: engine.made.toSorted(),
    containers: engine.containers.size,
  };
}
