export type { ListeningServer } from './api-application.js';
export { createApiApplication, startApi } from './api-application.js';
export type { ApiDependencies, ReadinessCheck } from './dependencies.js';
export type { ListeningApi } from './listen.js';
export { listen } from './listen.js';
