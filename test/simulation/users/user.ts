import type { AcceptedOperation, InfrastructureRequestService, RequestContext } from '@im/domain';
import type { Actor } from '../world/actor.js';
import type { Chance } from '../world/chance.js';
import { document, moreProcessors, nothingNew } from './documents.js';
import type { Http } from './http.js';

/** Longest pause between two wishes of a user, in milliseconds. */
const thinkMs = 25_000;
/** VMs are asked for by number, existing or not. */
const highestVm = 4;

type Wish = (id: string) => Promise<unknown>;

/** Somebody who makes infrastructures and changes them, sometimes together with somebody else at the same time. */
export class User {
  constructor(
    private readonly actor: Actor,
    private readonly http: Http,
    private readonly chance: Chance,
  ) {}

  /** Makes an infrastructure and lives with it. @returns its id, null when it could not be made */
  async create(): Promise<string | null> {
    await this.think();
    const radl = document(this.chance.whole(1, 3), this.chance.pick(['public', 'private']));
    const async = this.chance.happens(0.5);
    const accepted = await this.http.send('create', (requests, context) =>
      requests.create(context, radl, { async }),
    );
    return accepted?.infrastructureId ?? null;
  }

  /** Wishes for an infrastructure, one after another; what is refused is refused. */
  async change(id: string, wishes: number): Promise<void> {
    for (let count = 0; count < wishes; count++) {
      await this.think();
      await this.chance.pick(this.wishes)(id);
    }
  }

  async destroy(id: string): Promise<AcceptedOperation | null> {
    return this.http.send('destroy', (requests, context) => requests.destroy(context, id, { force: false }));
  }

  private readonly wishes: readonly Wish[] = [
    (id) => this.ask('add', (requests, context) => requests.add(context, id, this.addition(), this.again())),
    (id) => this.ask('add', (requests, context) => requests.add(context, id, this.addition(), this.again())),
    (id) => this.ask('remove', (requests, context) => requests.remove(context, id, this.vm(), this.again())),
    (id) => this.ask('remove', (requests, context) => requests.remove(context, id, this.vm(), this.again())),
    (id) => this.ask('power', (requests, context) => requests.power(context, id, this.power())),
    (id) => this.ask('vm power', (requests, context) => requests.vmPower(context, id, this.vm(), 'reboot')),
    (id) =>
      this.ask('alter', (requests, context) => requests.alter(context, id, this.vm(), moreProcessors(2))),
    (id) =>
      this.ask('reconfigure', (requests, context) => requests.reconfigure(context, id, nothingNew, null)),
    (id) => this.ask('refresh', (requests, context) => requests.refresh(context, id)),
    (id) => this.destroy(id),
    (id) => this.destroy(id),
  ];

  private ask(
    what: string,
    request: (
      requests: InfrastructureRequestService,
      context: RequestContext,
    ) => Promise<AcceptedOperation | null>,
  ): Promise<AcceptedOperation | null> {
    return this.http.send(what, request);
  }

  private think(): Promise<void> {
    // Many wishes come at once, some much later.
    const pause = this.chance.next() * this.chance.pick([30, 500, 5_000, thinkMs]);
    return this.actor.turn('thinks', pause);
  }

  private addition() {
    return document(this.chance.whole(1, 2), 'public');
  }

  private again(): { contextualize: boolean } {
    return { contextualize: this.chance.happens(0.8) };
  }

  private vm(): string {
    return String(this.chance.whole(0, highestVm));
  }

  private power(): 'start' | 'stop' {
    return this.chance.pick(['start', 'stop']);
  }
}
