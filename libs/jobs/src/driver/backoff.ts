import type { Random } from '@im/domain';
import type { DriverOptions } from './driver-options.js';

/**
 * Wait before the next try of a step, in milliseconds: doubles per failed try up to a limit, and is spread over its upper half so
 * that many operations that failed together do not come back together.
 * @param attempts failed tries so far, at least 1
 * @param retryAfterMs a wait that the cloud asked for; never undercut
 */
export function backoffDelay(
  attempts: number,
  random: Random,
  options: Pick<DriverOptions, 'backoffMs' | 'maxBackoffMs'>,
  retryAfterMs = 0,
): number {
  const doubled = options.backoffMs * 2 ** Math.min(Math.max(attempts - 1, 0), 30);
  const delay = Math.min(doubled, options.maxBackoffMs);
  return Math.round(Math.max(delay * (0.5 + random.next() / 2), retryAfterMs));
}
