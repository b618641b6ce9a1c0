import type {
  AuthItem,
  ConnectorRegistry,
  Operation,
  OperationFailure,
  OperationHandler,
  OperationKind,
  OperationLane,
  StepContext,
  StepOutcome,
  StepWrites,
  WakeUpQueue,
  WorkPorts,
} from '@im/domain';
import type { DriverOptions, LaunchWork } from '@im/jobs';
import {
  defaultDriverOptions,
  defaultReconcilerOptions,
  InProcessNotifier,
  InProcessQueue,
  OperationDriver,
  Reconciler,
  Worker,
} from '@im/jobs';
import { MemoryStore } from './memory-store.js';
import { VirtualTime } from './virtual-time.js';
import {
  CountingIds,
  RecordingLogger,
  RecordingMetrics,
  SeededRandom,
  testDomainOptions,
} from './work-ports.js';

const noClouds: ConnectorRegistry = {
  open: () => {
    throw new Error('This test has no clouds.');
  },
  types: () => [],
};

/** A handler whose steps are given as functions; the first step is `start`. */
export class ScriptedHandler implements OperationHandler {
  readonly firstStep = 'start';
  readonly contexts: StepContext[] = [];
  readonly failures: OperationFailure[] = [];

  constructor(
    readonly kind: OperationKind,
    private readonly script: (context: StepContext) => Promise<StepOutcome> | StepOutcome,
    private readonly onGiveUp: (context: StepContext) => StepWrites = () => async () => undefined,
  ) {}

  async advance(context: StepContext): Promise<StepOutcome> {
    this.contexts.push(context);
    return this.script(context);
  }

  async giveUp(context: StepContext, failure: OperationFailure): Promise<StepWrites> {
    this.failures.push(failure);
    return this.onGiveUp(context);
  }

  /** `<kind>:<step>` of every step begun. */
  get steps(): string[] {
    return this.contexts.map((context) => context.operation.step);
  }
}

/** Workers over one store in memory, in virtual time. */
export class DriverBench {
  readonly time = new VirtualTime();
  readonly store = new MemoryStore(() => this.time.now());
  readonly ids = new CountingIds();
  readonly logger = new RecordingLogger();
  readonly metrics = new RecordingMetrics();
  /** Wake-ups that reconcilers made again. */
  recreated = 0;
  readonly notifier = new InProcessNotifier();

  /** A worker as a process of its own: its queue dies with it. */
  worker(
    owner: string,
    handlers: readonly OperationHandler[],
    options: Partial<DriverOptions> & { launch?: LaunchWork; concurrency?: number; queue?: WakeUpQueue } = {},
  ) {
    const {
      launch = async () => undefined,
      concurrency = 10,
      queue = new InProcessQueue(this.time, this.notifier, this.logger),
      ...driverOptions
    } = options;
    const ports: WorkPorts = {
      clock: this.time,
      random: new SeededRandom(7),
      ids: this.ids,
      store: this.store,
      queue,
      notifier: this.notifier,
      connectors: noClouds,
      options: testDomainOptions,
      logger: this.logger,
      metrics: this.metrics,
    };
    const driver = new OperationDriver({
      ports,
      timers: this.time,
      handlers,
      launch,
      cloudsOf: (items) =>
        items.map((credentials) => ({
          cloud: {
            id: credentials['id'] ?? '',
            type: credentials['type'] ?? '',
            server: '',
            port: -1,
            protocol: '',
            path: '',
            extra: {},
          },
          credentials,
        })),
      options: { ...defaultDriverOptions, ...driverOptions, owner },
    });
    const reconciler = new Reconciler(this.store, queue, this.time, this.logger, {
      ...defaultReconcilerOptions,
      owner: 'bench',
      onUnattended: (count) => {
        this.recreated += count;
      },
    });
    return { queue, driver, worker: new Worker(queue, driver, reconciler, concurrency) };
  }

  /** Writes an operation as the API does, without a wake-up. */
  async request(
    kind: OperationKind,
    given: {
      lane?: OperationLane;
      infrastructureId?: string | null;
      deadlineMs?: number;
      items?: AuthItem[];
    } = {},
  ): Promise<string> {
    const { lane = 'mutation', infrastructureId = 'inf', deadlineMs, items = [] } = given;
    const operation: Operation = {
      id: this.ids.operation(),
      infrastructureId,
      kind,
      lane,
      state: 'pending',
      request: kind === 'destroy' ? { force: false } : null,
      step: 'start',
      data: null,
      result: null,
      error: null,
      attempts: 0,
      notBefore: null,
      deadline: deadlineMs === undefined ? null : this.time.now() + deadlineMs,
      requester: 'ana',
      createdAt: this.time.now(),
      startedAt: null,
      finishedAt: null,
    };
    await this.store.transaction(async (tx) => {
      await tx.insertOperation(operation);
      await tx.insertCredentials(operation.id, items, this.time.now() + 3_600_000);
    });
    return operation.id;
  }

  /** Marks an operation as the API does. */
  async markCancelling(id: string): Promise<void> {
    await this.store.transaction(async (tx) => {
      const operation = await tx.operation(id);
      if (operation !== null) {
        await tx.saveOperation({ ...operation, state: 'cancelling', notBefore: null });
      }
    });
  }

  async operation(id: string): Promise<Operation> {
    const operation = await this.store.operation(id);
    if (operation === null) {
      throw new Error(`There is no operation ${id}.`);
    }
    return operation;
  }

  async stateOf(id: string): Promise<string> {
    return (await this.operation(id)).state;
  }
}
