import type { Logger } from './logger.js';

/** The shape in which NestJS wants its logger (`LoggerService`). */
export interface FrameworkLogger {
  log(message: unknown, ...details: unknown[]): void;
  error(message: unknown, ...details: unknown[]): void;
  warn(message: unknown, ...details: unknown[]): void;
  debug(message: unknown, ...details: unknown[]): void;
  verbose(message: unknown, ...details: unknown[]): void;
  fatal(message: unknown, ...details: unknown[]): void;
}

/** Lets a framework log through the service's logger; its chatter about modules and routes goes to level debug. */
export function frameworkLogger(logger: Logger): FrameworkLogger {
  const line =
    (level: 'debug' | 'warn' | 'error') =>
    (message: unknown, ...details: unknown[]): void => {
      const data = {
        ...(message instanceof Error ? { error: message } : {}),
        ...(details.length > 0 ? { details } : {}),
      };
      logger[level](messageText(message), data);
    };
  return {
    log: line('debug'),
    verbose: line('debug'),
    debug: line('debug'),
    warn: line('warn'),
    error: line('error'),
    fatal: line('error'),
  };
}

function messageText(message: unknown): string {
  if (message instanceof Error) {
    return message.message;
  }
  return typeof message === 'string' ? message : (JSON.stringify(message) ?? 'undefined');
}
