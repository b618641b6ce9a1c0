import { AsyncLocalStorage } from 'node:async_hooks';

/** What a piece of work belongs to; every log line written while it runs carries it. */
export interface LogContext {
  readonly requestId?: string;
  readonly operationId?: string;
  readonly infrastructureId?: string;
  readonly vmId?: string | number;
}

const storage = new AsyncLocalStorage<LogContext>();

/** Runs `work`, and all it starts, with these ids added to those of the caller. */
export function runWithContext<T>(context: LogContext, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...context }, work);
}

/** The ids of the work that is running; empty outside of any. */
export function currentContext(): LogContext {
  return storage.getStore() ?? {};
}
