import type { Config } from '@im/config';
import type { ServiceLogger } from '@im/observability';

/** What every process of the service is made with. */
export interface Surroundings {
  config: Config;
  logger: ServiceLogger;
  version: string;
}

/** A process that serves. */
export interface RunningService {
  /** Work under way is finished or given back, within `graceMs`. */
  stop(graceMs: number): Promise<void>;
}
