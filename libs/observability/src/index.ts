export type { LoggerSurroundings, LogSettings, ServiceLogger } from './create-logger.js';
export { createLogger } from './create-logger.js';
export type { FrameworkLogger } from './framework-logger.js';
export { frameworkLogger } from './framework-logger.js';
export type { LogDestination } from './log-destination.js';
export type { Logger } from './logger.js';
export { Metrics } from './metrics.js';
export { REDACTED, Redactor } from './redaction.js';
