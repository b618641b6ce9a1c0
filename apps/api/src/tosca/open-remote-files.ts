import type { Config } from '@im/config';
import type { Logger } from '@im/domain';
import type { Metrics } from '@im/observability';
import { systemRandom } from '@im/process';
import { RemoteFiles } from './remote-files.js';

const cacheBytes = 64 * 1024 * 1024;

/** The reader of the files that TOSCA documents name, as the operator configured it. To be closed at the end of the process. */
export function openRemoteFiles(config: Config, ports: { logger: Logger; metrics: Metrics }): RemoteFiles {
  return new RemoteFiles(
    {
      hosts: config.TOSCA_IMPORT_HOSTS,
      allowHttp: config.TOSCA_ALLOW_HTTP,
      allowPrivateAddresses: config.TOSCA_ALLOW_PRIVATE_ADDRESSES,
      timeoutMs: config.TOSCA_IMPORT_TIMEOUT * 1000,
      maxBytes: config.TOSCA_IMPORT_MAX_SIZE,
      cacheMs: config.TOSCA_CACHE_TIME * 1000,
      cacheBytes,
    },
    { ...ports, clock: { now: () => Date.now() }, random: systemRandom },
  );
}
