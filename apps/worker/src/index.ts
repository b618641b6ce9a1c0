export type { WorkerParts } from './create-worker.js';
export { createWorker } from './create-worker.js';
