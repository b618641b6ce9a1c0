import type { CloudAccess, Connector } from '@im/domain';
import type { ConnectorEnvironment } from './connector-options.js';

/** One kind of cloud: what a folder of this library exports and the registry lists. */
export interface ConnectorType {
  /** Value of the `type` key of an auth line, e.g. `Docker`. */
  readonly type: string;
  /**
   * Opens a cloud of this type; makes no call yet.
   * @throws CloudError `InvalidInput`, `Unauthenticated` or `PermissionDenied` when the auth line cannot be used
   */
  open(access: CloudAccess): Connector;
}

/** Makes a type once per process; what its connectors share (agents, caches) lives in it. */
export type ConnectorTypeFactory = (environment: ConnectorEnvironment) => ConnectorType;
