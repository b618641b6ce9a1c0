import { messageOf } from '@im/domain';
import { Metrics } from '@im/observability';
import type { RunningService, Surroundings } from '@im/process';
import { dataPlace, openData, openMessages, openSealer, requestPorts } from '@im/process';
import { createWorker } from './create-worker.js';
import { serveHealth } from './health-server.js';

/** Starts a worker of a cluster. @throws StartError when it cannot */
export async function startWorker(surroundings: Surroundings): Promise<RunningService> {
  const { config, logger, version } = surroundings;
  const place = dataPlace(config.DATA_DB);
  const messages = await openMessages(config, 'worker', logger);
  try {
    const sealer = openSealer(config, { shared: true });
    const store = await openData(config, sealer, logger);
    const { queue, notifier } = messages;
    const metrics = new Metrics();
    metrics.watchQueue('wake-ups', () => queue.depth());
    metrics.watchFailedJobs('wake-ups', () => messages.failedJobs());
    metrics.watchRedis(messages.available);
    metrics.build('worker', version);
    const worker = createWorker({
      config,
      logger,
      metrics,
      ports: requestPorts(config, { store, sealer, queue, notifier }),
      gate: messages.gate,
    });
    const health = await serveHealth(config, metrics, () => store.ping());
    await worker.start();
    logger.info('The worker is ready', { data: place.description, health: health.url, version });
    return {
      stop: async (graceMs) => {
        health.drain();
        await worker.stop(graceMs);
        await messages.close();
        await store.close();
        await health.close();
      },
    };
  } catch (error) {
    logger.debug('The worker did not start', { cause: messageOf(error) });
    await messages.close();
    throw error;
  }
}
