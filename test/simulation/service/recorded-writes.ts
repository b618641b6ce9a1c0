import type { StoreTransaction, Vm } from '@im/domain';
import { ImError, VersionConflictError } from '@im/domain';
import { copied } from '../../fakes/memory-tables.js';

const readOnly: readonly string[] = [
  'now',
  'infrastructure',
  'infrastructureVersion',
  'infrastructureIds',
  'infrastructuresById',
  'vms',
  'vm',
  'vmSummaries',
  'operation',
  'activeOperations',
  'latestOperation',
  'log',
  'logs',
  'resources',
  'runs',
  'credentials',
  'idempotency',
  'events',
] satisfies (keyof StoreTransaction)[];

/** The writes of a transaction, to be done again on the rows as they are when it commits. */
export class RecordedWrites {
  private readonly writes: { name: string; values: unknown[]; claimed: number | null }[] = [];

  /** The transaction, with its writes recorded. */
  of(tx: StoreTransaction): StoreTransaction {
    return new Proxy(tx, {
      get: (target, name: string): unknown => {
        const method = methodOf(target, name);
        if (readOnly.includes(name)) {
          return method;
        }
        return async (...values: unknown[]): Promise<unknown> => {
          const given = copied(values);
          const result = await method(...values);
          this.writes.push({ name, values: given, claimed: numberOf(result) });
          return result;
        };
      },
    });
  }

  /** @throws VersionConflictError when other rows than those that were read would be overwritten */
  async repeat(tx: StoreTransaction): Promise<void> {
    for (const { name, values, claimed } of this.writes) {
      const result = await againOn(tx, name, copied(values));
      if (numberOf(result) !== claimed) {
        throw new VersionConflictError('The claim of a VM');
      }
    }
  }
}

async function againOn(tx: StoreTransaction, name: string, values: unknown[]): Promise<unknown> {
  try {
    return await methodOf(tx, name)(...values);
  } catch (error) {
    // Somebody else inserted the same key meanwhile.
    throw error instanceof ImError && error.code === 'Conflict' ? new VersionConflictError('A key') : error;
  }
}

function methodOf(tx: StoreTransaction, name: string): (...values: unknown[]) => unknown {
  const method: unknown = Reflect.get(tx, name);
  if (typeof method !== 'function') {
    throw new Error(`A transaction has no ${name}.`);
  }
  return (...values) => Reflect.apply(method, tx, values) as unknown;
}

/** Number of the VM that was claimed. */
function numberOf(result: unknown): number | null {
  return isVm(result) ? result.imId : null;
}

function isVm(value: unknown): value is Vm {
  return typeof value === 'object' && value !== null && 'imId' in value;
}
