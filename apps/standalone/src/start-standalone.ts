import { listen } from '@im/api';
import type { LoadedConfig } from '@im/config';
import { InProcessNotifier, InProcessQueue, processTimers, SplitQueue } from '@im/jobs';
import { Metrics } from '@im/observability';
import type { RunningService, Surroundings } from '@im/process';
import { dataPlace, openData, openSealer, prepareData, requestPorts } from '@im/process';
import { createWorker } from '@im/worker';
import { banner } from './banner.js';
import { lockData } from './data-lock.js';

/**
 * Starts worker and API in this process, over SQLite or a database of its own.
 * @throws StartError when it cannot
 */
export async function startStandalone(
  surroundings: Surroundings,
  loaded: LoadedConfig,
): Promise<RunningService> {
  const { config, logger, version } = surroundings;
  const place = dataPlace(config.DATA_DB);
  prepareData(config.DATA_DIR, place);
  const lock = place.sqliteFile === null ? null : lockData(`${place.sqliteFile}.lock`);
  try {
    const service = await startParts(surroundings, lock?.alone ?? false);
    logger.info('The service is ready', { url: service.url, data: place.description, version });
    if (loaded.profile === 'local') {
      const facts = { version, url: service.url, data: place.description, seconds: process.uptime() };
      process.stdout.write(banner(facts));
    }
    return {
      stop: async (graceMs) => {
        try {
          await service.stop(graceMs);
        } finally {
          lock?.release();
        }
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/**
 * Starts store, worker and API in this order; when one fails, those before it are stopped again.
 * @param alone no other process works on these data, so every lease is a left-over
 */
async function startParts(
  surroundings: Surroundings,
  alone: boolean,
): Promise<RunningService & { url: string }> {
  const { config, logger, version } = surroundings;
  const metrics = new Metrics();
  metrics.build('standalone', version);
  const sealer = openSealer(config);
  const store = await openData(config, sealer, logger);
  const notifier = new InProcessNotifier();
  const inProcess = () => new InProcessQueue(processTimers, notifier, logger);
  const queue = new SplitQueue(inProcess(), inProcess());
  const ports = requestPorts(config, { store, sealer, queue, notifier });
  const worker = createWorker({ config, logger, metrics, ports });
  metrics.watchQueue('wake-ups', () => queue.depth());
  try {
    if (alone) {
      await store.expireAllLeases();
    }
    await worker.start();
    const api = await listen(surroundings, ports, metrics);
    return {
      url: api.url,
      stop: async (graceMs) => {
        const closed = api.close();
        await worker.stop(graceMs);
        api.endWaits();
        await closed;
        await store.close();
      },
    };
  } catch (error) {
    await worker.stop(1_000);
    await store.close();
    throw error;
  }
}
