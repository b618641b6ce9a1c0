export type { ListeningServer } from './api-application.js';
export { createApiApplication, startApi } from './api-application.js';
export type { ApiDependencies, ReadinessCheck } from './dependencies.js';
