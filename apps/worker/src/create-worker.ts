import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '@im/config';
import { cloudsOf, createConnectorRegistry } from '@im/connectors';
import type { Logger, ProviderGate, RequestPorts } from '@im/domain';
import { advanceLaunchLane, operationHandlers } from '@im/domain';
import {
  defaultDriverOptions,
  defaultReconcilerOptions,
  OperationDriver,
  processTimers,
  Reconciler,
  Worker,
} from '@im/jobs';
import type { Metrics } from '@im/observability';
import { systemRandom } from '@im/process';
import { connectorOptions } from './connector-options.js';
import { contextualize } from './contextualize.js';

export interface WorkerParts {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  /** Store, queue and the rest, shared with the API in a process that has both. */
  ports: RequestPorts;
  /** Limits of calls to providers that several workers keep together. */
  gate?: ProviderGate;
}

/** Puts together connectors, handlers, driver and reconciler; nothing works before `start()`. */
export function createWorker({ config, logger, metrics, ports, gate }: WorkerParts): Worker {
  const { store, queue } = ports;
  const owner = `${hostname()}-${process.pid}-${randomUUID()}`;
  const connectors = createConnectorRegistry({
    options: connectorOptions(config),
    metrics,
    random: systemRandom,
    logger,
    ...(gate === undefined ? {} : { gate }),
  });
  const driver = new OperationDriver({
    ports: { ...ports, random: systemRandom, connectors, logger, metrics },
    timers: processTimers,
    handlers: [...operationHandlers(), contextualize(config, metrics)],
    launch: advanceLaunchLane,
    cloudsOf,
    options: { ...defaultDriverOptions, owner, leaseTimeMs: config.OPERATION_LEASE_TIME * 1000 },
  });
  metrics.watchLeftBehind(() => store.countLeftBehind());
  const reconciler = new Reconciler(store, queue, processTimers, logger, {
    ...defaultReconcilerOptions,
    owner,
    intervalMs: config.RECONCILE_INTERVAL * 1000,
    keepKeysMs: config.IDEMPOTENCY_KEY_TIME * 1000,
    onUnattended: (count) => {
      metrics.wakeUpsRecreated(count);
    },
    onDatabaseTried: (writable) => {
      metrics.databaseTried(writable);
    },
  });
  return new Worker(queue, driver, reconciler, config.WORKER_CONCURRENCY);
}
