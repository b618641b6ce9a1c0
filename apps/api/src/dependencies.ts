import type { Authenticator } from '@im/auth';
import type { Config } from '@im/config';
import type { Clock, InfrastructureRequests, Logger, Notifier, Store } from '@im/domain';
import type { Metrics } from '@im/observability';
import type { ToscaFiles } from '@im/tosca';

/** A part of the service that must work before requests should come. Rejects with the reason when it does not. */
export interface ReadinessCheck {
  name: string;
  check(): Promise<void>;
}

/** Everything the API is given by the process that starts it. */
export interface ApiDependencies {
  config: Config;
  store: Store;
  requests: InfrastructureRequests;
  notifier: Notifier;
  authenticator: Authenticator;
  /** Reads what TOSCA documents name: imports, implementations, contents of files. */
  toscaFiles: ToscaFiles;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
  /** Text of GET /version. */
  version: string;
  readiness: readonly ReadinessCheck[];
  /** Fires when the process is about to end: nobody waits for an operation any longer. */
  stopping: AbortSignal;
}

/** Injection token of ApiDependencies. */
export const API_DEPENDENCIES = Symbol('ApiDependencies');
