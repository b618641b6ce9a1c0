import type { CloudAccess, Connector, ConnectorRegistry } from '@im/domain';
import { CloudError, messageOf } from '@im/domain';
import type { ConnectorEnvironment, ConnectorPorts } from './connector-options.js';
import type { ConnectorType, ConnectorTypeFactory } from './connector-type.js';
import { dockerType } from './docker/docker-type.js';
import { dummyType } from './dummy/dummy-type.js';
import { ProviderAddressGuard } from './provider-address.js';
import { ProviderCalls } from './provider-calls.js';
import { staticHostsType } from './static-hosts/static-hosts-type.js';

/** Every kind of cloud that can be opened: one line per folder. */
const connectorTypes: readonly ConnectorTypeFactory[] = [dockerType, dummyType, staticHostsType];

/** Longest `type` of an auth line (spec: connectors/README.md 2.4). */
const longestType = 15;

/** Opens connectors by the type of the cloud. One registry lives as long as the process: agents and limits are in it. */
export function createConnectorRegistry(ports: ConnectorPorts): ConnectorRegistry {
  const { options, metrics, random, logger, lookup, gate } = ports;
  const environment: ConnectorEnvironment = {
    options,
    calls: new ProviderCalls(
      { timeoutMs: options.callTimeoutMs, maxCalls: options.maxCalls },
      { metrics, random, ...(gate === undefined ? {} : { gate }) },
    ),
    addresses: new ProviderAddressGuard({
      allowLocal: options.allowLocalProviders,
      ...(lookup === undefined ? {} : { lookup }),
    }),
    logger,
  };
  return new TypedConnectorRegistry(connectorTypes.map((make) => make(environment)));
}

class TypedConnectorRegistry implements ConnectorRegistry {
  private readonly byName: ReadonlyMap<string, ConnectorType>;

  constructor(types: readonly ConnectorType[]) {
    this.byName = new Map(types.map((type) => [type.type, type]));
  }

  types(): string[] {
    return [...this.byName.keys()];
  }

  open(access: CloudAccess): Connector {
    const { type } = access.cloud;
    if (type.length > longestType || type.includes('.')) {
      throw new CloudError('Unsupported', 'Not valid cloud provider.');
    }
    const known = this.byName.get(type);
    if (known === undefined) {
      throw new CloudError('Unsupported', `Cloud provider not supported: ${type}`);
    }
    try {
      return known.open(access);
    } catch (error) {
      if (error instanceof CloudError) {
        throw error;
      }
      throw new CloudError(
        'Unsupported',
        `Cloud provider not supported: ${type} (error: ${messageOf(error)})`,
        {
          cause: error,
        },
      );
    }
  }
}
