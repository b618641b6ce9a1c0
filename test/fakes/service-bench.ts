import { cloudsOf } from '@im/connectors';
import type {
  AcceptedOperation,
  AuthItem,
  ConnectorRegistry,
  DomainOptions,
  Infrastructure,
  Lease,
  Operation,
  OperationHandler,
  Requester,
  Sealer,
  StepContext,
  StepOutcome,
  Store,
  StoreTransaction,
  Vm,
  WakeUpQueue,
} from '@im/domain';
import {
  advanceLaunchLane,
  InfrastructureRequestService,
  infrastructureLog,
  infrastructureState,
  isVisible,
  operationHandlers,
  vmState,
} from '@im/domain';
import {
  defaultDriverOptions,
  defaultReconcilerOptions,
  InProcessNotifier,
  InProcessQueue,
  OperationDriver,
  Reconciler,
  Worker,
} from '@im/jobs';
import { parseRadl } from '@im/radl';
import { MemoryStore } from './memory-store.js';
import type { ScriptedClock } from './scripted-cloud.js';
import { ScriptedCloud } from './scripted-cloud.js';
import { scriptedRegistry } from './scripted-connector.js';
import { VirtualTime } from './virtual-time.js';
import {
  CountingIds,
  RecordingLogger,
  RecordingMetrics,
  SeededRandom,
  testDomainOptions,
} from './work-ports.js';

/** Time of scripted clouds on a clock that a test moves. */
function cloudClock(time: VirtualTime): ScriptedClock {
  return {
    now: () => time.now(),
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        const cancel = time.after(ms, resolve);
        signal.addEventListener('abort', () => {
          cancel();
          reject(new Error('interrupted'));
        });
      }),
  };
}

/** Marks every live VM as configured at once, as Ansible would after a while; the script may decide otherwise. */
export class QuickContextualization implements OperationHandler {
  readonly kind = 'contextualize';
  readonly firstStep = 'start';
  readonly requests: unknown[] = [];
  /** null: done as usual. */
  script: ((context: StepContext) => StepOutcome | null) | null = null;

  async advance(context: StepContext): Promise<StepOutcome> {
    if (context.cancelled) {
      return { type: 'cancelled' };
    }
    const scripted = this.script?.(context) ?? null;
    if (scripted !== null) {
      return scripted;
    }
    this.requests.push(context.operation.request);
    return {
      type: 'succeeded',
      writes: async (tx) => {
        const id = context.operation.infrastructureId ?? '';
        const infrastructure = await tx.infrastructure(id);
        if (infrastructure !== null) {
          await tx.saveInfrastructure({ ...infrastructure, configured: true });
        }
        const live = (await tx.vms(id)).filter((vm) => vm.status === 'live');
        await tx.saveVms(live.map((vm) => ({ ...vm, configured: true })));
      },
    };
  }

  async giveUp() {
    return async () => undefined;
  }
}

/** A store as one process sees it, until the process is killed: from then on nothing it writes is committed, nothing answers. */
function mortal(store: Store): { store: Store; kill: () => void } {
  let alive = true;
  const never = (): Promise<never> => new Promise(() => undefined);
  const view = new Proxy(store, {
    get(target, name: keyof Store): unknown {
      if (!alive) {
        return never;
      }
      if (name === 'transaction') {
        return <T>(work: (tx: StoreTransaction) => Promise<T>, lease?: Lease): Promise<T> =>
          target.transaction(async (tx) => {
            const result = await work(tx);
            if (!alive) {
              throw new Error('The process was killed before the commit.');
            }
            return result;
          }, lease);
      }
      const method = target[name];
      return (...values: never[]): unknown => Reflect.apply(method, target, values);
    },
  });
  return {
    store: view,
    kill: () => {
      alive = false;
    },
  };
}

const plainSealer: Sealer = {
  seal: (text) => text,
  open: (text) => text,
  fingerprint: (value) => `fingerprint of ${value}`,
};

export interface ServiceBenchOptions {
  options?: Partial<DomainOptions>;
  /** Ids of the clouds; each is one scripted cloud of its own. */
  clouds?: readonly string[];
  /** Wraps the registry, for connectors that a test makes itself. */
  connectors?: (registry: ConnectorRegistry) => ConnectorRegistry;
}

/**
 * The service without its API: requests, the real handlers and driver, a store in memory, scripted clouds, and time that a test moves.
 */
export class ServiceBench {
  readonly time = new VirtualTime();
  readonly store = new MemoryStore(() => this.time.now());
  readonly ids = new CountingIds();
  readonly logger = new RecordingLogger();
  readonly metrics = new RecordingMetrics();
  readonly notifier = new InProcessNotifier();
  readonly contextualization = new QuickContextualization();
  readonly clouds: ReadonlyMap<string, ScriptedCloud>;
  readonly requests: InfrastructureRequestService;
  private readonly options: DomainOptions;
  private readonly connectors: ConnectorRegistry;
  private process: WorkerProcess | null = null;
  private processes = 0;

  constructor(given: ServiceBenchOptions = {}) {
    const { options, clouds = ['one'], connectors = (registry) => registry } = given;
    this.options = { ...testDomainOptions, ...options };
    const clock = cloudClock(this.time);
    this.clouds = new Map(clouds.map((id) => [id, new ScriptedCloud(clock)]));
    this.connectors = connectors(scriptedRegistry(this.clouds));
    this.requests = new InfrastructureRequestService({
      store: this.store,
      queue: this.wakeUps(),
      notifier: this.notifier,
      sealer: plainSealer,
      clock: this.time,
      ids: this.ids,
      options: this.options,
      pause: (delayMs, wakeEarly) =>
        new Promise((resolve) => {
          const cancel = this.time.after(delayMs, resolve);
          wakeEarly(() => {
            cancel();
            resolve();
          });
        }),
    });
  }

  /** The cloud `one`, or another one. */
  cloud(id = 'one'): ScriptedCloud {
    const cloud = this.clouds.get(id);
    if (cloud === undefined) {
      throw new Error(`There is no cloud ${id}.`);
    }
    return cloud;
  }

  /** Starts a worker; what a killed one held is free at once, as in a service of one process. */
  async start(): Promise<void> {
    await this.store.expireAllLeases();
    this.process = this.newProcess();
    await this.process.worker.start();
  }

  /** The worker dies in the middle of whatever it does. */
  kill(): void {
    this.process?.kill();
    this.process = null;
  }

  /** Lets time pass. */
  async run(ms = 60_000): Promise<void> {
    await this.time.advance(ms);
  }

  /** Who asks: a user with the credentials of all clouds, unless others are given. */
  requester(username = 'ana', items: readonly AuthItem[] = this.credentials()): Requester {
    return {
      identities: [{ username, password: `${username}-password`, admin: false }],
      clouds: cloudsOf(items),
      items: [...items],
    };
  }

  credentials(ids: Iterable<string> = this.clouds.keys()): AuthItem[] {
    return [...ids].map((id) => ({ id, type: 'Scripted', host: `${id}.example.org` }));
  }

  context(username?: string, items?: readonly AuthItem[]) {
    return { requester: this.requester(username, items) };
  }

  async operation(id: string): Promise<Operation> {
    const operation = await this.store.operation(id);
    if (operation === null) {
      throw new Error(`There is no operation ${id}.`);
    }
    return operation;
  }

  async infrastructure(id: string): Promise<Infrastructure> {
    const infrastructure = await this.store.infrastructure(id);
    if (infrastructure === null) {
      throw new Error(`There is no infrastructure ${id}.`);
    }
    return infrastructure;
  }

  /** VMs that clients see. */
  async vms(id: string): Promise<Vm[]> {
    return (await this.store.vms(id)).filter(isVisible);
  }

  log(id: string): Promise<string> {
    return this.store.log(id, infrastructureLog);
  }

  /** State of the infrastructure and of its VMs, as clients see them. */
  async states(id: string): Promise<{ state: string; vms: Record<string, string> }> {
    const [infrastructure, vms, active] = await Promise.all([
      this.infrastructure(id),
      this.vms(id),
      this.store.activeOperations(id),
    ]);
    const kinds = new Set(active.map((operation) => operation.kind));
    const context = {
      now: this.time.now(),
      gracePeriodMs: this.options.vmInfoUpdateErrorGracePeriodMs,
      deleting: kinds.has('destroy'),
      adding: kinds.has('create') || kinds.has('add'),
      contextualizing: kinds.has('contextualize'),
    };
    const states = vms.map((vm) => [String(vm.imId), vmState(vm, infrastructure, context)] as const);
    return {
      state: infrastructureState(
        infrastructure,
        states.map(([, state]) => state),
        context,
      ),
      vms: Object.fromEntries(states),
    };
  }

  /** Asks for an infrastructure and lets time pass until its creation has ended. */
  async create(
    text: string,
    given: { async?: boolean; ms?: number } = {},
  ): Promise<{ id: string; operation: Operation }> {
    const accepted = await this.requests.create(this.context(), parseRadl(text), {
      async: given.async ?? true,
    });
    await this.run(given.ms);
    return { id: accepted.infrastructureId ?? '', operation: await this.operation(accepted.operationId) };
  }

  /** The operation that a request led to, after some time. */
  async ended(accepted: AcceptedOperation, ms = 60_000): Promise<Operation> {
    await this.run(ms);
    return this.operation(accepted.operationId);
  }

  /**
   * What an infrastructure that is gone must not leave: rows of the ledger, objects at clouds, operations under way, credentials.
   * Empty when all is well.
   */
  async leftovers(id: string): Promise<string[]> {
    const active = await this.store.activeOperations(id);
    const visible = await this.vms(id);
    return [
      ...(await this.openLedger(id)),
      ...this.left(id),
      ...active.map((operation) => `operation ${operation.kind} ${operation.state}`),
      ...visible.map((vm) => `vm ${vm.imId} ${vm.status}`),
      ...(this.store.leaseOwner(id) === null ? [] : ['a lease']),
    ];
  }

  /** Rows of the ledger that are not gone, as texts. */
  async openLedger(id: string): Promise<string[]> {
    const rows = await this.store.resources(id, ['intended', 'present', 'deleting', 'unknown']);
    return rows.map((row) => `${row.kind} ${row.token} ${row.state}`);
  }

  /** The audit trail of an infrastructure. */
  async events(id: string): Promise<{ kind: string; data: unknown }[]> {
    const events = await this.store.events(id, 0, 1_000);
    return events.map(({ kind, data }) => ({ kind, data }));
  }

  /** Everything that clouds hold of an infrastructure. */
  left(id: string): string[] {
    return [...this.clouds.values()].flatMap((cloud) => cloud.left(id));
  }

  /** Wake-ups reach the worker of the moment; without one they are lost. */
  private wakeUps(): WakeUpQueue {
    return {
      wake: async (wakeUp, delayMs) => this.process?.queue.wake(wakeUp, delayMs),
      start: () => undefined,
      depth: async () => this.process?.queue.depth() ?? 0,
      stop: async () => undefined,
    };
  }

  private newProcess(): WorkerProcess {
    const { store, kill } = mortal(this.store);
    const queue = new InProcessQueue(this.time, this.notifier, this.logger);
    const driver = new OperationDriver({
      ports: {
        clock: this.time,
        random: new SeededRandom(7),
        ids: this.ids,
        store,
        queue,
        notifier: this.notifier,
        connectors: this.connectors,
        options: this.options,
        logger: this.logger,
        metrics: this.metrics,
      },
      timers: this.time,
      handlers: [...operationHandlers(), this.contextualization],
      launch: advanceLaunchLane,
      cloudsOf,
      options: { ...defaultDriverOptions, owner: `worker-${++this.processes}` },
    });
    const reconciler = new Reconciler(store, queue, this.time, this.logger, {
      ...defaultReconcilerOptions,
      owner: 'bench',
    });
    const worker = new Worker(queue, driver, reconciler, 10);
    return {
      worker,
      queue,
      kill: () => {
        kill();
        void queue.stop(0);
      },
    };
  }
}

interface WorkerProcess {
  worker: Worker;
  queue: InProcessQueue;
  kill: () => void;
}
