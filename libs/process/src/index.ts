/** How the processes of the service start, what they all have, and how they end. */
export type { DataPlace } from './data-place.js';
export { dataPlace, prepareData } from './data-place.js';
export { domainOptions } from './domain-options.js';
export { openData } from './open-data.js';
export { openMessages } from './open-messages.js';
export { openSealer } from './open-sealer.js';
export { systemRandom } from './process-environment.js';
export { requestPorts } from './request-ports.js';
export type { Program } from './run-main.js';
export { runMain } from './run-main.js';
export { StartError } from './start-error.js';
export type { RunningService, Surroundings } from './surroundings.js';
