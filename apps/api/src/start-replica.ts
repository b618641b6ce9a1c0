import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '@im/domain';
import { Metrics } from '@im/observability';
import type { RunningService, Surroundings } from '@im/process';
import { dataPlace, openData, openMessages, openSealer, requestPorts } from '@im/process';
import { listen } from './listen.js';

/** Starts a replica of the API of a cluster. @throws StartError when it cannot */
export async function startReplica(surroundings: Surroundings): Promise<RunningService> {
  const { config, logger, version } = surroundings;
  const place = dataPlace(config.DATA_DB);
  const messages = await openMessages(config, 'api', logger);
  try {
    const sealer = openSealer(config, { shared: true });
    const store = await openData(config, sealer, logger);
    const { queue, notifier } = messages;
    const metrics = new Metrics();
    metrics.watchQueue('wake-ups', () => queue.depth());
    metrics.watchRedis(messages.available);
    metrics.build('api', version);
    const ports = requestPorts(config, { store, sealer, queue, notifier });
    const api = await listen(surroundings, ports, metrics);
    logger.info('The API is ready', { url: api.url, data: place.description, version });
    return {
      stop: async (graceMs) => {
        api.drain();
        // HAProxy sees that the replica is not ready and sends no more; what it sends until then is answered.
        await pause(config.DRAIN_TIME * 1000);
        const closed = api.close();
        const endWaits = setTimeout(api.endWaits, Math.max(0, graceMs - config.DRAIN_TIME * 1000));
        await closed;
        clearTimeout(endWaits);
        await queue.stop(1_000);
        await messages.close();
        await store.close();
      },
    };
  } catch (error) {
    logger.debug('The API did not start', { cause: messageOf(error) });
    await messages.close();
    throw error;
  }
}
