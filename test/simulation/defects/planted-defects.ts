import type { Connector, OperationHandler, ResourceLedger, Store, StoreTransaction } from '@im/domain';
import type { SimulatedConnector } from '../cloud/simulated-connector.js';
import type { Defect } from './defect.js';
import { noDefect } from './defect.js';

/** Mistakes that somebody could make in the service. The simulator must find each of them. */
export const plantedDefects: Readonly<Record<string, Defect>> = {
  'a launch does not look for the machine of its token first': {
    ...noDefect,
    connector: blindConnector,
  },
  'a write does not check the fence of its lease': {
    ...noDefect,
    database: (database) => {
      database.checksFences = false;
    },
  },
  'transactions do not lock the infrastructure they read': {
    ...noDefect,
    database: (database) => {
      database.locksInfrastructures = false;
    },
  },
  'a lease is taken from who holds it': {
    ...noDefect,
    store: greedyStore,
  },
  'two launch lanes claim the same machine': {
    ...noDefect,
    store: (store) =>
      changed(store, {
        transaction: (work, lease) => store.transaction((tx) => work(claimingTwice(tx)), lease),
      }),
  },
  'a cloud is called before the intent is written': {
    ...noDefect,
    connector: (connector) =>
      changed<Connector>(connector, {
        prepare: (scope, radl) => connector.prepare({ ...scope, ledger: writingLater(scope.ledger) }, radl),
      }),
  },
  'the ledger calls a machine gone before its cloud confirms it': {
    ...noDefect,
    connector: (connector) =>
      changed<Connector>(connector, {
        finalize: async (scope, vm) => {
          connector.finalize(scope, vm).catch(() => undefined);
        },
      }),
  },
  'a creation does not hear that it is to stop': {
    ...noDefect,
    handler: deafHandler,
  },
  'a creation that is to stop does not wait for its launches': {
    ...noDefect,
    handler: hastyHandler,
  },
  'operations are done in the order of the clocks of replicas': {
    ...noDefect,
    ids: (ids, clock) => changed(ids, { operation: () => ids.operation(Math.floor(clock.now())) }),
  },
  'nothing wakes what waits': {
    ...noDefect,
    queue: (queue) =>
      changed(queue, {
        wake: async (wakeUp, delayMs = 0) => {
          if (delayMs === 0) {
            await queue.wake(wakeUp);
          }
        },
      }),
  },
  'the reconciler finds nothing': {
    ...noDefect,
    store: (store) => changed(store, { unattendedWork: async () => [] }),
  },
  'an api replica takes no notice of idempotency keys': {
    ...noDefect,
    request: ({ requester }) => ({ requester }),
  },
};

/** The same, with some methods replaced. */
function changed<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get: (target, name: string): unknown => Reflect.get(methods, name) ?? bound(target, name),
  });
}

function bound(target: object, name: string): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === 'function' ? value.bind(target) : value;
}

function blindConnector(connector: SimulatedConnector): Connector {
  connector.lookUp = async () => null;
  return connector;
}

function greedyStore(store: Store): Store {
  return changed(store, {
    acquireLease: async (key, owner, ttlMs) => {
      await store.expireAllLeases();
      return store.acquireLease(key, owner, ttlMs);
    },
  });
}

function claimingTwice(tx: StoreTransaction): StoreTransaction {
  return changed(tx, {
    claimVmToLaunch: async (infrastructureId, lease) => {
      const own = await tx.claimVmToLaunch(infrastructureId, lease);
      const others = (await tx.vms(infrastructureId)).filter((vm) => vm.status === 'launching');
      return own ?? (others[0] === undefined ? null : { ...others[0], orphaned: false });
    },
  });
}

/** Remembers what is wanted, and writes it when the cloud has it. */
function writingLater(ledger: ResourceLedger): ResourceLedger {
  return changed(ledger, {
    intend: async ({ kind, token, vmId }) => ({
      id: token,
      infrastructureId: '',
      vmId,
      cloudId: '',
      cloudType: '',
      kind,
      token,
      providerId: null,
      state: 'intended',
      lastError: null,
      createdAt: 0,
      updatedAt: 0,
    }),
  });
}

function deafHandler(handler: OperationHandler): OperationHandler {
  return handler.kind === 'create' || handler.kind === 'add'
    ? changed(handler, { advance: (context) => handler.advance({ ...context, cancelled: false }) })
    : handler;
}

function hastyHandler(handler: OperationHandler): OperationHandler {
  return changed(handler, {
    advance: async (context) =>
      context.cancelled && context.operation.step === 'launch'
        ? { type: 'cancelled' }
        : handler.advance(context),
  });
}
