import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '@im/config';
import type {
  AuthItem,
  CloudAccess,
  ConnectorRegistry,
  Logger,
  OperationHandler,
  RequestPorts,
  Sealer,
  Store,
  WorkMetrics,
} from '@im/domain';
import { advanceLaunchLane, InfrastructureRequestService, operationHandlers } from '@im/domain';
import {
  defaultDriverOptions,
  defaultReconcilerOptions,
  InProcessNotifier,
  InProcessQueue,
  OperationDriver,
  processTimers,
  Reconciler,
  Worker,
} from '@im/jobs';
import { domainOptions } from './domain-options.js';
import { ProcessIds, processPause, systemClock, systemRandom } from './process-environment.js';

export interface EngineParts {
  config: Config;
  logger: Logger;
  metrics: WorkMetrics;
  store: Store;
  sealer: Sealer;
  connectors: ConnectorRegistry;
  cloudsOf: (items: readonly AuthItem[]) => CloudAccess[];
  /** Handler of `contextualize`. */
  contextualize: OperationHandler;
}

/** The part of the service that takes requests and carries them out. */
export interface Engine {
  requests: InfrastructureRequestService;
  /** What the API shares with it. */
  ports: RequestPorts;
  queue: InProcessQueue;
  worker: Worker;
}

/** Puts together queue, driver and reconciler of one process; nothing works before `worker.start()`. */
export function createEngine(parts: EngineParts): Engine {
  const { config, logger, metrics, store, sealer, connectors, cloudsOf } = parts;
  const notifier = new InProcessNotifier();
  const queue = new InProcessQueue(processTimers, notifier, logger);
  const shared = {
    clock: systemClock,
    ids: new ProcessIds(),
    store,
    queue,
    notifier,
    options: domainOptions(config),
  };
  const driver = new OperationDriver({
    ports: { ...shared, random: systemRandom, connectors, logger, metrics },
    timers: processTimers,
    handlers: [...operationHandlers(), parts.contextualize],
    launch: advanceLaunchLane,
    cloudsOf,
    options: {
      ...defaultDriverOptions,
      owner: `${hostname()}-${process.pid}-${randomUUID()}`,
      leaseTimeMs: config.OPERATION_LEASE_TIME * 1000,
    },
  });
  const reconciler = new Reconciler(store, queue, processTimers, logger, {
    ...defaultReconcilerOptions,
    intervalMs: config.RECONCILE_INTERVAL * 1000,
    keepKeysMs: config.IDEMPOTENCY_KEY_TIME * 1000,
  });
  const ports: RequestPorts = { ...shared, sealer, pause: processPause };
  return {
    requests: new InfrastructureRequestService(ports),
    ports,
    queue,
    worker: new Worker(queue, driver, reconciler, config.WORKER_CONCURRENCY),
  };
}
