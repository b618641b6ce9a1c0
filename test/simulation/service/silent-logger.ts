import type { Logger } from '@im/domain';

/** Log lines of thousands of services at once help nobody; a failing seed is told by its trace. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
