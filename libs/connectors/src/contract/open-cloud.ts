import type { AuthItem, Connector, ConnectorRegistry, Logger } from '@im/domain';
import type { NameLookup } from '../address-guard.js';
import { cloudsOf } from '../cloud-info.js';
import type { ConnectorOptions } from '../connector-options.js';
import { createConnectorRegistry } from '../registry.js';

/** Options of a service on its operator's own machine. */
export const localOptions: ConnectorOptions = {
  allowLocalProviders: true,
  allowHostAccess: false,
  verifyTls: true,
  callTimeoutMs: 20_000,
  maxCalls: 20,
  dockerPublicAddress: '',
  defaultDomain: 'localdomain',
};

const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silent,
};

/** A registry without metrics and logs. */
export function contractRegistry(
  options: Partial<ConnectorOptions> = {},
  lookup?: NameLookup,
): ConnectorRegistry {
  return createConnectorRegistry({
    options: { ...localOptions, ...options },
    metrics: {
      operationFinished: () => {},
      stepFinished: () => {},
      cloudCall: () => {},
      leaseTakenOver: () => {},
    },
    random: { next: () => 0.2, secret: (length) => 'x'.repeat(length) },
    logger: silent,
    ...(lookup === undefined ? {} : { lookup }),
  });
}

/** Opens the cloud of one auth line. */
export function openCloud(
  line: AuthItem,
  options: Partial<ConnectorOptions> = {},
  lookup?: NameLookup,
): Connector {
  const [access] = cloudsOf([line]);
  if (access === undefined) {
    throw new Error('The line names no cloud.');
  }
  return contractRegistry(options, lookup).open(access);
}
