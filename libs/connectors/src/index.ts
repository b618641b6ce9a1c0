export { cloudsOf } from './cloud-info.js';
export type { FirstBoot } from './cloud-init.js';
export { userData } from './cloud-init.js';
export type { ConnectorOptions, ConnectorPorts } from './connector-options.js';
export { instanceName } from './instance-name.js';
export { ProviderAddressGuard } from './provider-address.js';
export { AddressRefused, PublicAddressGuard } from './public-address-guard.js';
export { createConnectorRegistry } from './registry.js';
export { Semaphore } from './semaphore.js';
