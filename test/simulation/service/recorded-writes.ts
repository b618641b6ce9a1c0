import type { StoreTransaction, Vm } from '@im/domain';
import { ImError, VersionConflictError } from '@im/domain';
import { copied } from '../../fakes/memory-tables.js';

/** Reads of what belongs to the infrastructure that is named first: they lock it. */
const ofInfrastructure: readonly string[] = [
  'infrastructure',
  'infrastructureVersion',
  'vms',
  'vm',
  'vmSummaries',
  'activeOperations',
  'latestOperation',
  'resources',
  'claimVmToLaunch',
] satisfies (keyof StoreTransaction)[];

const writing = /^(insert|save|append|clear|delete|replace|claim)/;

/** The writes of a transaction, to be done again on the rows as they are when it commits. */
export class RecordedWrites {
  private readonly writes: { name: string; values: unknown[]; claimed: number | null }[] = [];

  /** @param lock called before something of an infrastructure is read; may wait */
  constructor(private readonly lock: (infrastructureId: string) => Promise<void>) {}

  get isEmpty(): boolean {
    return this.writes.length === 0;
  }

  /** The transaction, with its writes recorded. */
  of(tx: StoreTransaction): StoreTransaction {
    return new Proxy(tx, {
      get:
        (_target, name: string): unknown =>
        (...values: unknown[]): Promise<unknown> =>
          this.call(tx, name, values),
    });
  }

  private async call(tx: StoreTransaction, name: string, values: unknown[]): Promise<unknown> {
    const [first] = values;
    if (typeof first === 'string') {
      const id = name === 'operation' ? (await tx.operation(first))?.infrastructureId : first;
      if (typeof id === 'string' && (name === 'operation' || ofInfrastructure.includes(name))) {
        await this.lock(id);
      }
    }
    const method = methodOf(tx, name);
    if (!writing.test(name)) {
      return method(...values);
    }
    const given = copied(values);
    const result = await method(...values);
    this.writes.push({ name, values: given, claimed: numberOf(result) });
    return result;
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
