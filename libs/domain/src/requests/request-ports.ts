import type { Clock, DomainOptions, Ids } from '../ports/environment.js';
import type { Notifier, WakeUpQueue } from '../ports/queue.js';
import type { Sealer } from '../ports/sealer.js';
import type { Store } from '../ports/store.js';
import type { Pause } from './operation-outcome.js';

/** What the requests service works with. */
export interface RequestPorts {
  store: Store;
  queue: WakeUpQueue;
  notifier: Notifier;
  sealer: Sealer;
  clock: Clock;
  ids: Ids;
  options: DomainOptions;
  pause: Pause;
}
