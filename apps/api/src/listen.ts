import { Authenticator, LoginLimiter, UserDatabase } from '@im/auth';
import { cloudsOf } from '@im/connectors';
import type { RequestPorts } from '@im/domain';
import { InfrastructureRequestService, messageOf } from '@im/domain';
import type { Metrics } from '@im/observability';
import type { Surroundings } from '@im/process';
import { StartError } from '@im/process';
import { startApi } from './api-application.js';
import { openRemoteFiles } from './tosca/open-remote-files.js';

/** An API that serves. */
export interface ListeningApi {
  /** Where clients reach it. */
  url: string;
  /** From now on it is not ready for new requests, which it answers all the same. */
  drain(): void;
  /** Accepts no more and finishes the answers under way. */
  close(): Promise<void>;
  /** Answers those who wait for an operation that is not finished. */
  endWaits(): void;
}

/** Starts the REST API over the given ports. @throws StartError when its port cannot be used */
export async function listen(
  { config, logger, version }: Surroundings,
  ports: RequestPorts,
  metrics: Metrics,
): Promise<ListeningApi> {
  const limiter = new LoginLimiter(config.LOGIN_FAILURE_LIMIT, config.LOGIN_FAILURE_WINDOW * 1000);
  const users = config.USER_DB === '' ? null : new UserDatabase(config.USER_DB, logger);
  const identity = { forceOidc: config.FORCE_OIDC_AUTH, users, admins: config.ADMIN_USER };
  const { store, notifier, clock } = ports;
  const stopping = new AbortController();
  const toscaFiles = openRemoteFiles(config, { logger, metrics });
  let draining = false;
  try {
    const api = await startApi({
      config,
      store,
      requests: new InfrastructureRequestService(ports),
      notifier,
      authenticator: new Authenticator(identity, cloudsOf, limiter),
      toscaFiles,
      logger,
      metrics,
      clock,
      version,
      // Not Redis: without it everything goes on, only later.
      readiness: [
        { name: 'database', check: () => store.ping() },
        {
          name: 'process',
          check: () => (draining ? Promise.reject(new Error('The service is stopping.')) : Promise.resolve()),
        },
      ],
      stopping: stopping.signal,
    });
    return {
      url: api.url,
      drain: () => {
        draining = true;
      },
      close: async () => {
        await api.close();
        toscaFiles.close();
      },
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
