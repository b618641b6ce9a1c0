export { cloudsOf } from './cloud-info.js';
export type { ConnectorOptions, ConnectorPorts } from './connector-options.js';
export { ProviderAddressGuard } from './provider-address.js';
export { createConnectorRegistry } from './registry.js';
