import type { LoadedConfig } from '@im/config';
import type { ServiceLogger } from '@im/observability';
import type { Program } from './run-main.js';
import type { RunningService, Surroundings } from './surroundings.js';

/**
 * Serves until a signal comes. The process ends with code 0 after a signal, 1 after an error that nobody caught.
 * @throws StartError when the service cannot start
 */
export async function serve(
  surroundings: Surroundings,
  loaded: LoadedConfig,
  program: Pick<Program, 'start'>,
): Promise<void> {
  const { config, logger } = surroundings;
  endOnUncaughtErrors(logger);
  const service = await program.start(surroundings, loaded);
  endOnSignals(service, logger, (config.SHUTDOWN_TIMEOUT + config.DRAIN_TIME) * 1000);
  for (const notice of loaded.notices) {
    logger.warn(notice);
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
function endOnSignals(service: RunningService, logger: ServiceLogger, limitMs: number): void {
  let stopping = false;
  const end = (code: number): void => {
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
      }, limitMs);
      service.stop(limitMs * 0.8).then(
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
