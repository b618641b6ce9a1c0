import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { authorizationOf } from '../servers/rest-client.js';
import { until } from '../servers/until.js';
import type { Dice } from './dice.js';
import type { Journal } from './journal.js';
import type { CloudKind, Provider } from './provider.js';
import { machinesDocument } from './provider.js';
import type { SteadyAnswer, SteadyRequest } from './steady-client.js';
import { SteadyClient } from './steady-client.js';
import { Told } from './told.js';

const stateAnswer = z.object({
  state: z.object({ state: z.string(), vm_states: z.record(z.string(), z.string()) }),
});

/** Longest time in which something that was accepted has to come to its end. */
const settleLimitMs = 240_000;
const mostVms = 6;

/** What the users of a run share. */
export interface Surroundings {
  url: string;
  provider: Provider;
  journal: Journal;
  /** Everything that any user was told, for the comparison with the rows. */
  told: Told[];
  /** No new infrastructure is made any more. */
  isOver(): boolean;
}

/** One of the clients: makes an infrastructure, changes it some times, looks at it all the time, destroys it, and begins again. */
export class ChaosUser {
  constructor(
    private readonly name: string,
    private readonly world: Surroundings,
    private readonly dice: Dice,
  ) {}

  /** Until the run is over. Never throws: what goes wrong is a violation. */
  async live(): Promise<void> {
    await pause(this.dice.between(0, 3_000));
    while (!this.world.isOver()) {
      try {
        await this.oneInfrastructure();
      } catch (error) {
        this.world.journal.violation(
          `${this.name}: ${error instanceof Error ? error.message : String(error)}`,
        );
        return;
      }
      await this.think();
    }
  }

  private async oneInfrastructure(): Promise<void> {
    const cloud = this.dice.oneOf<CloudKind>(['Dummy', 'Docker']);
    const authorization = authorizationOf(this.name, [this.world.provider.authorizationLine(cloud)]);
    const client = new SteadyClient(this.world.url, authorization, this.world.journal, this.dice);
    const life = new OneLife(this.name, cloud, client, this.world, this.dice);
    await life.create();
    for (let steps = this.dice.between(1, 4); steps > 0 && !this.world.isOver(); steps--) {
      await this.think();
      await life.change();
    }
    await this.think();
    await life.destroy();
  }

  private think(): Promise<void> {
    return pause(this.world.isOver() ? 0 : this.dice.between(300, 2_000));
  }
}

/** One infrastructure from its creation to its end. */
class OneLife {
  private readonly told: Told;
  private id = '';

  constructor(
    private readonly user: string,
    private readonly cloud: CloudKind,
    private readonly client: SteadyClient,
    private readonly world: Surroundings,
    private readonly dice: Dice,
  ) {
    this.told = new Told();
  }

  async create(): Promise<void> {
    const vms = this.dice.between(1, 3);
    const asynchronous = this.dice.chance(0.3);
    const { text } = await this.succeed({
      kind: asynchronous ? 'create (async)' : 'create',
      method: 'POST',
      path: `/infrastructures${asynchronous ? '?async=1' : ''}`,
      body: machinesDocument(this.cloud, vms, this.dice.chance(0.3)),
    });
    this.id = lastPart(text);
    this.told.id = this.id;
    this.world.told.push(this.told);
    const numbers = Array.from({ length: vms }, (_, index) => String(index));
    if (asynchronous) {
      this.told.grows();
      await this.untilConfigured(vms);
    }
    this.problems(this.told.grown(numbers));
    await this.look();
    this.countMachines('after its creation');
  }

  /** One change with reads meanwhile, and a look at what it led to. */
  async change(): Promise<void> {
    const size = this.told.vms.size;
    const choices = [
      ...(size < mostVms ? [() => this.add()] : []),
      ...(size > 1 ? [() => this.remove()] : []),
      ...(size > 0 ? [() => this.alter(), () => this.justLook()] : []),
    ];
    await this.meanwhileReading(this.dice.oneOf(choices)());
    await this.look();
    this.countMachines('after a change');
  }

  async destroy(): Promise<void> {
    const asynchronous = this.dice.chance(0.3);
    this.told.shrinks([...this.told.vms]);
    await this.succeed({
      kind: asynchronous ? 'destroy (async)' : 'destroy',
      method: 'DELETE',
      path: `/infrastructures/${this.id}${asynchronous ? '?async=1' : ''}`,
    });
    if (asynchronous) {
      await until(
        () => this.read('/state'),
        ({ status }) => status === 404,
        settleLimitMs,
      );
    }
    this.told.shrunk([...this.told.vms]);
    for (const path of ['/state', '', '/vms/0']) {
      const { status } = await this.read(path);
      this.expect(status === 404, `${path} of a destroyed infrastructure was answered ${status}`);
    }
    const things = this.world.provider.things(this.id);
    this.expect(things.length === 0, `after its end there are still ${things.join(', ')}`);
    this.world.journal.count('infrastructures');
  }

  private async add(): Promise<void> {
    const vms = this.dice.between(1, 2);
    this.told.grows();
    const { text } = await this.succeed({
      kind: 'add',
      method: 'POST',
      path: `/infrastructures/${this.id}`,
      body: `system node\ndeploy node ${vms}`,
    });
    const numbers = text.split('\n').map(lastPart);
    this.expect(numbers.length === vms, `${vms} VMs were added, the answer names ${numbers.join(', ')}`);
    this.problems(this.told.grown(numbers));
  }

  private async remove(): Promise<void> {
    const [first = '', second = ''] = this.dice.shuffled([...this.told.vms]);
    const numbers = this.told.vms.size > 2 && this.dice.chance(0.3) ? [first, second] : [first];
    this.told.shrinks(numbers);
    await this.succeed({
      kind: 'remove',
      method: 'DELETE',
      path: `/infrastructures/${this.id}/vms/${numbers.join(',')}`,
    });
    this.told.shrunk(numbers);
  }

  private async alter(): Promise<void> {
    const vm = this.dice.oneOf([...this.told.vms]);
    const cpus = this.dice.between(1, 8);
    this.told.changes();
    await this.succeed({
      kind: 'alter',
      method: 'PUT',
      path: `/infrastructures/${this.id}/vms/${vm}`,
      body: `system node (cpu.count = ${cpus} and memory.size = 256M)`,
    });
    this.told.changed();
    this.told.cpus.set(vm, cpus);
  }

  private async justLook(): Promise<void> {
    for (let looks = this.dice.between(1, 4); looks > 0; looks--) {
      await this.look();
    }
  }

  /** Whatever a user looks at, compared with what was told before. */
  private async look(): Promise<void> {
    await this.readVms();
    await this.readState();
    for (const [vm, cpus] of this.told.cpus) {
      const { status, text } = await this.read(`/vms/${vm}/cpu.count`);
      this.expect(
        status === 200 && Number(text) === cpus,
        `VM ${vm} was altered to ${cpus} CPUs and has ${text} (${status})`,
      );
    }
    const { text } = await this.succeed({ kind: 'list', method: 'GET', path: '/infrastructures' });
    const ids = text.split('\n').map(lastPart).join(', ');
    this.expect(ids === this.id, `the list shows ${ids}`);
  }

  private async meanwhileReading(change: Promise<void>): Promise<void> {
    let changing = true;
    const reading = (async () => {
      while (changing) {
        await this.readVms();
        await this.readState();
        await pause(this.dice.between(200, 800));
      }
    })();
    try {
      await change;
    } finally {
      changing = false;
      await reading;
    }
  }

  private async readVms(): Promise<void> {
    const start = this.told.beginRead();
    const { status, text } = await this.read('');
    if (status !== 200) {
      this.expect(false, `its VMs were answered ${status}: ${text}`);
      return;
    }
    const vms = text
      .split('\n')
      .filter((line) => line !== '')
      .map(lastPart);
    this.problems(this.told.read(start, vms));
  }

  private async readState(): Promise<string> {
    const start = this.told.beginRead();
    const { status, text } = await this.read('/state');
    if (status !== 200) {
      this.expect(false, `its state was answered ${status}: ${text}`);
      return String(status);
    }
    const { state, vm_states } = stateAnswer.parse(JSON.parse(text)).state;
    // A machine that was just deleted may be seen as `off`, for the moment until its row says so.
    const sound = ['pending', 'running', 'configured'].includes(state) || this.told.isShrinking;
    this.expect(sound, `it is ${state}`);
    this.problems(this.told.read(start, Object.keys(vm_states)));
    this.problems(this.told.readStates(start, vm_states));
    return state;
  }

  private async untilConfigured(vms: number): Promise<void> {
    await until(
      async () => {
        await this.readVms();
        return { state: await this.readState(), machines: this.world.provider.machines(this.id).length };
      },
      ({ state }) => state === 'configured',
      settleLimitMs,
    ).catch((error: unknown) => {
      throw new Error(`${this.id} with ${vms} VMs does not become configured. ${String(error)}`);
    });
  }

  /** What really exists is what was told: no machine more, none less. */
  private countMachines(when: string): void {
    if (this.cloud === 'Docker') {
      const exist = this.world.provider.machines(this.id).join(', ');
      const told = [...this.told.vms].sort().join(', ');
      this.expect(exist === told, `${when} the machines of the VMs ${exist} exist, told were ${told}`);
    }
  }

  private read(path: string): Promise<SteadyAnswer> {
    return this.client.request({ kind: 'read', method: 'GET', path: `/infrastructures/${this.id}${path}` });
  }

  /** @throws Error when the answer is not 200: nothing that is asked for here may be refused */
  private async succeed(request: SteadyRequest): Promise<SteadyAnswer> {
    const answer = await this.client.request(request);
    if (answer.status !== 200) {
      throw new Error(`${request.method} ${request.path} was answered ${answer.status}: ${answer.text}`);
    }
    this.world.journal.count(`told ${request.kind.split(' ')[0]}`);
    return answer;
  }

  private problems(problems: readonly string[]): void {
    problems.forEach((problem) => this.expect(false, problem));
  }

  private expect(holds: boolean, otherwise: string): void {
    if (!holds) {
      this.world.journal.violation(`${this.user}, ${this.cloud} ${this.id}: ${otherwise}`);
    }
  }
}

function lastPart(uri: string): string {
  return uri.trim().split('/').at(-1) ?? '';
}
