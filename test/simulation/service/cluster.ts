import { cloudsOf } from '@im/connectors';
import type {
  AuthItem,
  CloudAccess,
  ConnectorRegistry,
  DomainOptions,
  Ids,
  OperationHandler,
  Requester,
  Sealer,
  WorkPorts,
} from '@im/domain';
import { advanceLaunchLane, InfrastructureRequestService, operationHandlers } from '@im/domain';
import {
  defaultDriverOptions,
  defaultReconcilerOptions,
  OperationDriver,
  Reconciler,
  Worker,
} from '@im/jobs';
import { RecordingMetrics, testDomainOptions } from '../../fakes/work-ports.js';
import type { CloudReality } from '../cloud/cloud-reality.js';
import { CloudWire } from '../cloud/cloud-wire.js';
import type { OnMake } from '../cloud/simulated-connector.js';
import { SimulatedConnector } from '../cloud/simulated-connector.js';
import { SimulatedContextualization } from '../cloud/simulated-contextualization.js';
import type { Defect } from '../defects/defect.js';
import type { ActorKind } from '../world/actor.js';
import { Actor } from '../world/actor.js';
import type { Scheduler } from '../world/scheduler.js';
import type { Weather } from '../world/weather.js';
import type { Database } from './database.js';
import { NotificationBus } from './notification-bus.js';
import type { OnWrite } from './process-store.js';
import { processStore } from './process-store.js';
import { silentLogger } from './silent-logger.js';
import { SimulatedIds } from './simulated-ids.js';
import { WakeUpBroker } from './wake-up-broker.js';

/** Time until a process that died or was stopped is replaced, at most; in milliseconds. */
const restartMs = 20_000;
/** A worker that is told to stop gets so long, in milliseconds (IM_SHUTDOWN_TIMEOUT). */
const stopGraceMs = 10_000;

/** The service's options, with shorter times, so that a simulation sees their ends. */
export const simulatedOptions: DomainOptions = {
  ...testDomainOptions,
  launchTimeoutMs: 120_000,
  destroyTimeoutMs: 900_000,
  maxContextualizationTimeMs: 600_000,
  maxSimultaneousLaunches: 2,
};

const plainSealer: Sealer = {
  seal: (text) => text,
  open: (text) => text,
  fingerprint: (value) => value,
};

/** What a cluster runs in. */
export interface ClusterParts {
  scheduler: Scheduler;
  weather: Weather;
  store: Database;
  clouds: ReadonlyMap<string, CloudReality>;
  onWrite: OnWrite;
  /** A call that makes something at a cloud is sent. */
  onMake: (actor: Actor, kind: 'machine' | 'network', token: string) => void;
  /** Work that was found without a worker, when the reconciler looked. */
  onUnattended: (operationIds: readonly string[]) => void;
  /** A mistake to put into the service; none in a real simulation. */
  defect: Defect;
}

/** The processes of the service: workers and api replicas, made of the real parts, over one store, one queue and the same clouds. */
export class Cluster {
  readonly broker: WakeUpBroker;
  readonly processes = new Set<Actor>();
  private readonly bus: NotificationBus;
  private readonly stops = new Map<Actor, () => Promise<void>>();
  private started = 0;

  constructor(private readonly parts: ClusterParts) {
    this.bus = new NotificationBus(parts.weather);
    this.broker = new WakeUpBroker(parts.scheduler, parts.weather, this.bus);
  }

  start(kind: Exclude<ActorKind, 'user'>): void {
    const actor = this.newActor(kind);
    this.processes.add(actor);
    if (kind === 'worker') {
      this.startWorker(actor);
    }
  }

  /** kill -9: what it was doing stops where it stood; a new process takes its place later. */
  kill(actor: Actor): void {
    actor.alive = false;
    this.processes.delete(actor);
    this.stops.delete(actor);
    this.broker.forget(actor);
    this.bus.forget(actor);
    this.replaceLater(actor.kind);
  }

  /** SIGTERM, and a new process after it. */
  async stopWorker(actor: Actor): Promise<void> {
    await this.stops.get(actor)?.();
    if (actor.alive) {
      this.kill(actor);
    }
  }

  isAwake(now: number): boolean {
    return [...this.processes].every((actor) => actor.asleepUntil <= now);
  }

  alive(kind: ActorKind): Actor[] {
    return [...this.processes].filter((actor) => actor.kind === kind);
  }

  /** The requests of one user's wish at an api replica. */
  requestsOf(api: Actor, wish: string): InfrastructureRequestService {
    const { scheduler, weather, store, onWrite } = this.parts;
    return new InfrastructureRequestService({
      store: processStore(store, { actor: api, wish, scheduler, weather, onWrite }),
      queue: this.broker.queueOf(api),
      notifier: this.bus.notifierOf(api),
      sealer: plainSealer,
      clock: api.wallClock,
      ids: this.newIds(api),
      options: simulatedOptions,
      pause: (delayMs, wakeEarly) =>
        new Promise((resolve) => {
          const cancel = api.after(delayMs, resolve);
          wakeEarly(() => {
            cancel();
            resolve();
          });
        }),
    });
  }

  /** A user with the credentials of all clouds. */
  requester(): Requester {
    const items: AuthItem[] = [...this.parts.clouds.keys()].map((id) => ({
      id,
      type: 'Simulated',
      host: `${id}.example.org`,
    }));
    return {
      identities: [{ username: 'ana', password: 'ana', admin: false }],
      clouds: cloudsOf(items),
      items,
    };
  }

  private newActor(kind: Exclude<ActorKind, 'user'>): Actor {
    const { scheduler, weather } = this.parts;
    const skew = weather.faults.clockSkewMs;
    const skewMs = skew === 0 ? 0 : weather.chance.between(-skew, skew);
    return new Actor(`${kind}-${++this.started}`, kind, scheduler, () => weather.latency(), skewMs);
  }

  private startWorker(actor: Actor): void {
    const { weather, store, onWrite, clouds, scheduler, defect } = this.parts;
    const queue = defect.queue(this.broker.queueOf(actor));
    const ownStore = defect.store(processStore(store, { actor, wish: null, scheduler, weather, onWrite }));
    const wire = new CloudWire(actor, scheduler, weather);
    const ports: WorkPorts = {
      clock: actor.wallClock,
      random: weather.chance,
      ids: this.newIds(actor),
      store: ownStore,
      queue,
      notifier: this.bus.notifierOf(actor),
      connectors: this.registryOf(actor, wire),
      options: simulatedOptions,
      logger: silentLogger,
      metrics: new RecordingMetrics(),
    };
    const contextualize = new SimulatedContextualization(clouds, wire, () => scheduler.now);
    const handlers: OperationHandler[] = [...operationHandlers(), contextualize];
    const driver = new OperationDriver({
      ports,
      timers: actor,
      handlers: handlers.map((handler) => defect.handler(handler)),
      launch: advanceLaunchLane,
      cloudsOf,
      options: { ...defaultDriverOptions, stepTimeoutMs: 120_000, owner: actor.name },
    });
    const reconciler = new Reconciler(this.watched(ownStore), queue, actor, silentLogger, {
      ...defaultReconcilerOptions,
      owner: actor.name,
    });
    const worker = new Worker(queue, driver, reconciler, 10);
    this.stops.set(actor, () => worker.stop(stopGraceMs));
    void worker.start();
  }

  private registryOf(actor: Actor, wire: CloudWire): ConnectorRegistry {
    const { clouds, onMake, defect } = this.parts;
    return {
      types: () => ['Simulated'],
      open: (access: CloudAccess) => {
        const reality = clouds.get(access.cloud.id);
        if (reality === undefined) {
          throw new Error(`There is no cloud ${access.cloud.id}.`);
        }
        const told: OnMake = (kind, token) => onMake(actor, kind, token);
        return defect.connector(new SimulatedConnector(access, reality, wire, told));
      },
    };
  }

  /** The store for the reconciler, which tells what it found. */
  private watched(store: WorkPorts['store']): WorkPorts['store'] {
    const { onUnattended } = this.parts;
    return new Proxy(store, {
      get(target, name: keyof WorkPorts['store']): unknown {
        if (name !== 'unattendedWork') {
          return target[name];
        }
        return async (limit: number) => {
          const found = await target.unattendedWork(limit);
          onUnattended(found.map(({ operationId }) => operationId));
          return found;
        };
      },
    });
  }

  private newIds(actor: Actor): Ids {
    return this.parts.defect.ids(new SimulatedIds(this.parts.weather.chance), actor.wallClock);
  }

  private replaceLater(kind: ActorKind): void {
    if (kind === 'user') {
      return;
    }
    const delayMs = this.parts.weather.chance.next() * restartMs;
    this.parts.scheduler.after(delayMs, {
      actor: null,
      label: `a new ${kind}`,
      run: () => this.start(kind),
    });
  }
}
