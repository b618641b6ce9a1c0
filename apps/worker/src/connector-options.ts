import type { Config } from '@im/config';
import type { ConnectorOptions } from '@im/connectors';

/** The options of the connectors, from the configuration (whose times are seconds). */
export function connectorOptions(config: Config): ConnectorOptions {
  return {
    allowLocalProviders: config.ALLOW_LOCAL_PROVIDERS,
    allowHostAccess: config.ALLOW_HOST_ACCESS,
    verifyTls: config.VERIFI_SSL,
    callTimeoutMs: config.CLOUD_CALL_TIMEOUT * 1000,
    maxCalls: config.MAX_CLOUD_CALLS,
    dockerPublicAddress: config.DOCKER_PUBLIC_ADDRESS,
    defaultDomain: config.DEFAULT_DOMAIN,
  };
}
