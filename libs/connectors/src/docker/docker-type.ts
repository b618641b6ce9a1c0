import type { CloudAccess } from '@im/domain';
import type { ConnectorEnvironment } from '../connector-options.js';
import type { ConnectorType } from '../connector-type.js';
import { DockerConnector } from './docker-connector.js';
import { DockerEngine } from './docker-engine.js';
import { engineAddress, engineKey } from './engine-address.js';
import { EngineTransport } from './engine-transport.js';

/** Engines whose connections are kept. */
const mostEngines = 200;

/** `type = Docker`: containers as machines (spec: connectors/docker.md). */
export function dockerType(environment: ConnectorEnvironment): ConnectorType {
  const engines = new Map<string, DockerEngine>();
  return {
    type: 'Docker',
    open: (access) => new DockerConnector(access, engineOf(access, environment, engines), environment),
  };
}

/** One engine, with its kept connections, for each host and certificate; the one that was not used for longest makes room. */
function engineOf(
  access: CloudAccess,
  environment: ConnectorEnvironment,
  engines: Map<string, DockerEngine>,
): DockerEngine {
  const { addresses, calls, logger, options } = environment;
  const address = engineAddress(access);
  if (address.socketPath === undefined) {
    addresses.assertAllowed(address.host);
  } else {
    addresses.assertSocketAllowed(address.socketPath);
  }
  const key = engineKey(address);
  let engine = engines.get(key);
  if (engine === undefined) {
    if (address.protocol === 'http' && address.tls !== undefined) {
      logger.warn('certificates of a Docker cloud have no effect over http', { cloud: access.cloud.id });
    }
    const transport = new EngineTransport(address, {
      lookup: addresses.lookup,
      verifyTls: options.verifyTls,
    });
    engine = new DockerEngine(address.name, transport, calls);
  }
  engines.delete(key);
  engines.set(key, engine);
  const oldest = engines.size > mostEngines ? [...engines][0] : undefined;
  if (oldest !== undefined) {
    engines.delete(oldest[0]);
    oldest[1].close();
  }
  return engine;
}
