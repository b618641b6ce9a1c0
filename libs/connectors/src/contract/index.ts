/** For tests only: the contract that every connector must pass, and what tests open clouds with. */
export type { ContractSubject } from './connector-contract.js';
export { describeConnectorContract } from './connector-contract.js';
export { ContractInfrastructure } from './contract-infrastructure.js';
export { MemoryLedger } from './memory-ledger.js';
export { contractRegistry, localOptions, openCloud } from './open-cloud.js';
