import type { ServerKind } from '../cluster/server-process.js';
import type { BrokenTry } from './journal.js';

/** A process that was away. Times in milliseconds since 1970. */
export interface Outage {
  name: string;
  kind: ServerKind;
  from: number;
  /** When it served again; null while it does not. */
  until: number | null;
}

/** HAProxy needs two good checks until it uses a replica that is back, and replicas connect to a database that is back. */
const graceMs = 5_000;

/** Whose death may be the reason of which end of a try. A worker and Redis never are. */
const reasons: Readonly<Record<BrokenTry['what'], readonly ServerKind[]>> = {
  '502': ['api', 'haproxy'],
  '503': ['api', 'haproxy', 'mariadb'],
  '504': [],
  'broken connection': ['api', 'haproxy'],
  'no answer in time': [],
};

/** Whether a process that was away while a request was tried explains how the try ended. */
export function explains(outages: readonly Outage[], broken: BrokenTry): boolean {
  return outages.some(
    ({ kind, from, until }) =>
      reasons[broken.what].includes(kind) &&
      from <= broken.until &&
      (until === null || until + graceMs >= broken.from),
  );
}
