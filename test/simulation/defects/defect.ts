import type { Clock, Connector, Ids, OperationHandler, RequestContext, Store, WakeUpQueue } from '@im/domain';
import type { SimulatedConnector } from '../cloud/simulated-connector.js';
import type { Database } from '../service/database.js';

/** A mistake put into the service from outside, by wrapping what it works with: shows that the simulator would find it. */
export interface Defect {
  /** Changes the database itself. */
  database(database: Database): void;
  /** What workers work with. */
  store(store: Store): Store;
  queue(queue: WakeUpQueue): WakeUpQueue;
  /** @param clock of the process that makes the ids; it may be wrong */
  ids(ids: Ids, clock: Clock): Ids;
  connector(connector: SimulatedConnector): Connector;
  handler(handler: OperationHandler): OperationHandler;
  /** What an api replica makes of a request. */
  request(context: RequestContext): RequestContext;
}

/** The service as it is. */
export const noDefect: Defect = {
  database: () => undefined,
  store: (store) => store,
  queue: (queue) => queue,
  ids: (ids) => ids,
  connector: (connector) => connector,
  handler: (handler) => handler,
  request: (context) => context,
};
