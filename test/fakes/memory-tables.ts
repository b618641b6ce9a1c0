import type {
  AuthItem,
  CloudResource,
  ContextualizationRun,
  IdempotencyRecord,
  Infrastructure,
  InfrastructureEvent,
  LogScope,
  Operation,
  Vm,
} from '@im/domain';

export interface LeaseRow {
  owner: string;
  fence: number;
  /** null: given back. The row stays, so that its fence never goes down. */
  expiresAt: number | null;
}

export interface StoredVm {
  vm: Vm;
  /** Lease under which a launch lane claimed it. */
  claim: { key: string; fence: number } | null;
}

export interface LogRow {
  infrastructureId: string;
  scope: LogScope;
  text: string;
  /** `<run id>:<offset>` of a chunk that is stored once. */
  mark: string | null;
}

export type EventRow = InfrastructureEvent & { sequence: number; at: number };

/** All rows of the memory store. Rows are never changed in place, so that a copy of the maps is a snapshot. */
export class MemoryTables {
  infrastructures = new Map<string, Infrastructure>();
  vms = new Map<string, StoredVm>();
  operations = new Map<string, Operation>();
  credentials = new Map<string, { items: AuthItem[]; expiresAt: number }>();
  leases = new Map<string, LeaseRow>();
  logs: LogRow[] = [];
  resources = new Map<string, CloudResource>();
  runs = new Map<string, ContextualizationRun>();
  idempotency = new Map<string, IdempotencyRecord>();
  events: EventRow[] = [];

  snapshot(): MemoryTables {
    const copy = new MemoryTables();
    copy.infrastructures = new Map(this.infrastructures);
    copy.vms = new Map(this.vms);
    copy.operations = new Map(this.operations);
    copy.credentials = new Map(this.credentials);
    copy.leases = new Map(this.leases);
    copy.logs = [...this.logs];
    copy.resources = new Map(this.resources);
    copy.runs = new Map(this.runs);
    copy.idempotency = new Map(this.idempotency);
    copy.events = [...this.events];
    return copy;
  }
}

export function vmKey(infrastructureId: string, imId: number): string {
  return `${infrastructureId}/${imId}`;
}

/** A deep copy that keeps classes (documents are instances of them): what is stored and what is held never share an object. */
export function copied<T>(value: T): T;
export function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item: unknown) => copied(item));
  }
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]: [unknown, unknown]) => [copied(key), copied(item)]));
  }
  if (value instanceof Set) {
    return new Set([...value].map((item: unknown) => copied(item)));
  }
  if (value instanceof Date) {
    return new Date(value);
  }
  const source = value as Record<string, unknown>;
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as Record<string, unknown>;
  for (const key of Object.keys(source)) {
    copy[key] = copied(source[key]);
  }
  return copy;
}
