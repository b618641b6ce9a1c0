import type { LoadedConfig } from '@im/config';
import type { ServiceLogger } from '@im/observability';
import { createLogger } from '@im/observability';
import { banner } from './banner.js';
import type { RunningService, ServiceParts } from './compose-service.js';
import { composeService } from './compose-service.js';
import type { DataLock } from './data-lock.js';
import { lockData } from './data-lock.js';
import { dataPlace, prepareData } from './data-place.js';

/**
 * Serves until a signal comes. The process ends with code 0 after a signal, 1 after an error that nobody caught.
 * @throws StartError when the service cannot start
 */
export async function runService(loaded: LoadedConfig, version: string, parts: ServiceParts): Promise<void> {
  const { config } = loaded;
  const place = dataPlace(config.DATA_DB);
  prepareData(config.DATA_DIR, place);
  const lock = place.sqliteFile === null ? null : lockData(`${place.sqliteFile}.lock`);
  const logger = createLogger(config, { terminal: process.stdout.isTTY, secrets: [config.ENCRYPTION_KEY] });
  endOnUncaughtErrors(logger);
  try {
    const service = await composeService({ config, logger, version, alone: lock?.alone ?? false }, parts);
    endOnSignals(service, logger, lock, config.SHUTDOWN_TIMEOUT * 1000);
    for (const notice of loaded.notices) {
      logger.warn(notice);
    }
    logger.info('The service is ready', { url: service.url, data: place.description, version });
    if (loaded.profile === 'local') {
      process.stdout.write(
        banner({ version, url: service.url, data: place.description, seconds: process.uptime() }),
      );
    }
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function endOnUncaughtErrors(logger: ServiceLogger): void {
  const end = (error: unknown) => {
    logger.error('An error was not caught; the service ends', {
      cause: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    logger.flush();
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

/** The first signal asks for an orderly end, a second one does not wait for it. */
function endOnSignals(
  service: RunningService,
  logger: ServiceLogger,
  lock: DataLock | null,
  graceMs: number,
): void {
  let stopping = false;
  const end = (code: number): void => {
    lock?.release();
    logger.flush();
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping) {
        end(1);
        return;
      }
      stopping = true;
      logger.info('The service stops', { signal });
      // Keeps the process alive until the end, and ends it when something does not stop.
      setTimeout(() => {
        logger.warn('The service did not stop in time');
        end(1);
      }, graceMs);
      service.stop(graceMs * 0.8).then(
        () => {
          end(0);
        },
        (error: unknown) => {
          logger.error('The service did not stop cleanly', {
            cause: error instanceof Error ? error.message : String(error),
          });
          end(1);
        },
      );
    });
  }
}
