import type { Config } from '@im/config';
import type { Notifier, RequestPorts, Sealer, Store, WakeUpQueue } from '@im/domain';
import { domainOptions } from './domain-options.js';
import { ProcessIds, processPause, systemClock } from './process-environment.js';

/** What requests are accepted with, over the given store and messages. */
export function requestPorts(
  config: Config,
  parts: { store: Store; sealer: Sealer; queue: WakeUpQueue; notifier: Notifier },
): RequestPorts {
  return {
    ...parts,
    clock: systemClock,
    ids: new ProcessIds(),
    options: domainOptions(config),
    pause: processPause,
  };
}
