import { startApi } from '@im/api';
import { Authenticator, LoginLimiter, UserDatabase } from '@im/auth';
import { cloudsOf } from '@im/connectors';
import { messageOf } from '@im/domain';
import type { Metrics } from '@im/observability';
import type { ListeningApi, Surroundings } from './compose-service.js';
import type { Engine } from './engine.js';
import { StartError } from './start-error.js';

/** Starts the REST API over an engine. @throws StartError when the port cannot be used */
export async function listen(
  surroundings: Surroundings,
  engine: Engine,
  metrics: Metrics,
): Promise<ListeningApi> {
  const { config, logger, version } = surroundings;
  const limiter = new LoginLimiter(config.LOGIN_FAILURE_LIMIT, config.LOGIN_FAILURE_WINDOW * 1000);
  const users = config.USER_DB === '' ? null : new UserDatabase(config.USER_DB, logger);
  const identity = { forceOidc: config.FORCE_OIDC_AUTH, users, admins: config.ADMIN_USER };
  const { store, notifier, clock } = engine.ports;
  const stopping = new AbortController();
  try {
    const api = await startApi({
      config,
      store,
      requests: engine.requests,
      notifier,
      authenticator: new Authenticator(identity, cloudsOf, limiter),
      logger,
      metrics,
      clock,
      version,
      readiness: [
        { name: 'database', check: () => store.ping() },
        {
          name: 'queue',
          check: async () => {
            await engine.queue.depth();
          },
        },
      ],
      stopping: stopping.signal,
    });
    return {
      url: api.url,
      close: () => api.close(),
      endWaits: () => {
        stopping.abort();
      },
    };
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const where = `${config.REST_ADDRESS}:${config.REST_PORT}`;
    const text =
      code === 'EADDRINUSE'
        ? `Another process listens on ${where} already: stop it, or choose another port with IM_REST_PORT.`
        : `The service cannot listen on ${where}: ${messageOf(cause)}`;
    throw new StartError(text, 1, { cause });
  }
}
