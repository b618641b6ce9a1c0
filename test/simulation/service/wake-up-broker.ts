import type { WakeUp, WakeUpQueue } from '@im/domain';
import { wakeUpKey } from '@im/domain';
import { wakeUpTopic } from '@im/jobs';
import type { Actor } from '../world/actor.js';
import type { Scheduler } from '../world/scheduler.js';
import type { Weather } from '../world/weather.js';
import type { NotificationBus } from './notification-bus.js';

type Work = (wakeUp: WakeUp, signal: AbortSignal) => Promise<void>;

interface Waiting {
  wakeUp: WakeUp;
  dueAt: number;
  cancel: () => void;
}

interface Consumer {
  work: Work;
  shutdown: AbortController;
  running: Set<Promise<void>>;
}

/** Between two runs for one key, as in the queues of the service. */
const restMs = 10;
/** When no worker is there to take a wake-up. */
const lookAgainMs = 200;
/** How late a late wake-up may be. */
const lateMs = 40_000;

/**
 * The wake-ups of all processes, as in Redis: one waits per key, one that comes while its key is worked on is kept until that ends. They
 * are lost, doubled, late or all gone at once, as the weather is; what a dead worker had in hand is lost with it.
 */
export class WakeUpBroker {
  private readonly waiting = new Map<string, Waiting>();
  private readonly inHand = new Map<string, Actor>();
  private readonly kept = new Map<string, WakeUp>();
  private readonly consumers = new Map<Actor, Consumer>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly weather: Weather,
    private readonly bus: NotificationBus,
  ) {}

  /** The queue as one process sees it. */
  queueOf(actor: Actor): WakeUpQueue {
    return {
      wake: async (wakeUp, delayMs = 0) => {
        await actor.turn(`wakes ${wakeUpKey(wakeUp)}`);
        if (!this.weather.strikes('wakeUpLost')) {
          await this.accept(actor, wakeUp, delayMs);
        }
      },
      start: (work) => {
        this.consumers.set(actor, { work, shutdown: new AbortController(), running: new Set() });
      },
      depth: async () => this.waiting.size + this.inHand.size + this.kept.size,
      stop: (graceMs) => this.stop(actor, graceMs),
    };
  }

  /** Redis was emptied, or started again without its data. */
  flush(): void {
    for (const { cancel } of this.waiting.values()) {
      cancel();
    }
    this.waiting.clear();
    this.kept.clear();
  }

  /** A process died. */
  forget(actor: Actor): void {
    this.consumers.delete(actor);
    for (const [key, holder] of this.inHand) {
      if (holder === actor) {
        this.inHand.delete(key);
      }
    }
  }

  private async accept(actor: Actor, wakeUp: WakeUp, delayMs: number): Promise<void> {
    const key = wakeUpKey(wakeUp);
    if (delayMs <= 0 && this.isInHand(key)) {
      this.kept.set(key, wakeUp);
      await this.bus.notifierOf(actor).publish(wakeUpTopic(key));
      return;
    }
    const late = this.weather.strikes('wakeUpLate') ? this.weather.chance.next() * lateMs : 0;
    this.put(key, wakeUp, delayMs + late);
  }

  private put(key: string, wakeUp: WakeUp, delayMs: number): void {
    const dueAt = this.scheduler.now + Math.max(delayMs, 0);
    const known = this.waiting.get(key);
    if (known !== undefined && known.dueAt <= dueAt) {
      return;
    }
    known?.cancel();
    const cancel = this.scheduler.after(delayMs + this.weather.latency(), {
      actor: null,
      label: `due: ${key}`,
      run: () => {
        this.waiting.delete(key);
        this.handOut(key, wakeUp);
      },
    });
    this.waiting.set(key, { wakeUp, dueAt, cancel });
  }

  private handOut(key: string, wakeUp: WakeUp): void {
    const doubled = this.weather.strikes('wakeUpDoubled');
    if (this.isInHand(key) && !doubled) {
      this.kept.set(key, wakeUp);
      return;
    }
    const awake = [...this.consumers].filter(([actor]) => actor.asleepUntil <= this.scheduler.now);
    if (awake.length === 0) {
      this.put(key, wakeUp, lookAgainMs);
      return;
    }
    const [actor, consumer] = this.weather.chance.pick(awake);
    this.inHand.set(key, actor);
    const run = this.run(actor, consumer, key, wakeUp).finally(() => {
      consumer.running.delete(run);
    });
    consumer.running.add(run);
    if (doubled) {
      this.put(key, wakeUp, restMs);
    }
  }

  /** Never rejects. */
  private async run(actor: Actor, { work, shutdown }: Consumer, key: string, wakeUp: WakeUp): Promise<void> {
    await actor.turn(`takes ${key}`);
    try {
      await work(wakeUp, shutdown.signal);
    } catch {
      // What could not be done now is found by the reconciler.
    }
    if (this.inHand.get(key) === actor) {
      this.inHand.delete(key);
      const again = this.kept.get(key);
      this.kept.delete(key);
      if (again !== undefined) {
        this.put(key, again, restMs);
      }
    }
  }

  /** A worker that sleeps too long is taken for dead, as BullMQ does with stalled jobs. */
  private isInHand(key: string): boolean {
    const holder = this.inHand.get(key);
    return holder !== undefined && holder.alive && holder.asleepUntil <= this.scheduler.now;
  }

  private async stop(actor: Actor, graceMs: number): Promise<void> {
    const consumer = this.consumers.get(actor);
    if (consumer === undefined) {
      return;
    }
    this.consumers.delete(actor);
    consumer.shutdown.abort(new Error('The service is stopping.'));
    const grace = new Promise<void>((resolve) => {
      actor.after(graceMs, resolve);
    });
    await Promise.race([Promise.all(consumer.running), grace]);
    this.forget(actor);
  }
}
