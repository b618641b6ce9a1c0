import { createSealer, loadOrCreateKeys } from '@im/auth';
import type { Config } from '@im/config';
import { cloudsOf, createConnectorRegistry } from '@im/connectors';
import type { OperationHandler, Sealer } from '@im/domain';
import { messageOf } from '@im/domain';
import type { ServiceLogger } from '@im/observability';
import { Metrics } from '@im/observability';
import { connectorOptions } from './connector-options.js';
import type { Engine } from './engine.js';
import { createEngine } from './engine.js';
import { openData } from './open-data.js';
import { systemRandom } from './process-environment.js';
import { StartError } from './start-error.js';

/** What the parts of the service are made with. */
export interface Surroundings {
  config: Config;
  logger: ServiceLogger;
  version: string;
  /** No other process works on the same data. */
  alone: boolean;
}

/** The parts that the engine does not make itself. */
export interface ServiceParts {
  contextualize(surroundings: Surroundings, metrics: Metrics): OperationHandler;
  /** Starts to listen. @throws StartError when the port is in use */
  listen(surroundings: Surroundings, engine: Engine, metrics: Metrics): Promise<ListeningApi>;
}

export interface ListeningApi {
  /** Where clients reach it. */
  url: string;
  /** Accepts no more and finishes the answers under way. */
  close(): Promise<void>;
  /** Answers those who wait for an operation that is not finished. */
  endWaits(): void;
}

export interface RunningService {
  url: string;
  /** Answers and steps under way are finished, leases given back. */
  stop(graceMs: number): Promise<void>;
}

/** Starts store, worker and API in this order; when one fails, those before it are stopped again. */
export async function composeService(
  surroundings: Surroundings,
  parts: ServiceParts,
): Promise<RunningService> {
  const { config, logger, alone } = surroundings;
  const metrics = new Metrics();
  const sealer = openSealer(config);
  const store = await openData(config, sealer, logger, alone);
  const connectors = createConnectorRegistry({
    options: connectorOptions(config),
    metrics,
    random: systemRandom,
    logger,
  });
  const contextualize = parts.contextualize(surroundings, metrics);
  const engine = createEngine({
    config,
    logger,
    metrics,
    store,
    sealer,
    connectors,
    cloudsOf,
    contextualize,
  });
  metrics.watchQueue('wake-ups', () => engine.queue.depth());
  try {
    await engine.worker.start();
    const api = await parts.listen(surroundings, engine, metrics);
    return {
      url: api.url,
      stop: async (graceMs) => {
        const closed = api.close();
        await engine.worker.stop(graceMs);
        api.endWaits();
        await closed;
        await store.close();
      },
    };
  } catch (error) {
    await engine.worker.stop(1_000);
    await store.close();
    throw error;
  }
}

/** @throws StartError when the key cannot be used */
function openSealer(config: Config): Sealer {
  try {
    return createSealer(loadOrCreateKeys(config.ENCRYPTION_KEY, config.ENCRYPTION_KEY_FILE));
  } catch (cause) {
    throw new StartError(messageOf(cause), 1, { cause });
  }
}
