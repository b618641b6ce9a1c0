import type { ConnectorEnvironment } from '../connector-options.js';
import type { ConnectorType } from '../connector-type.js';
import { StaticHostsConnector } from './static-hosts-connector.js';

/** `type = DeployedNode`: machines that exist beforehand (spec: connectors/static-hosts.md 1). */
export function staticHostsType(environment: ConnectorEnvironment): ConnectorType {
  return { type: 'DeployedNode', open: (access) => new StaticHostsConnector(access, environment) };
}
