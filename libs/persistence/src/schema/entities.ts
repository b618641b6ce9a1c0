import type { EntitySchemaColumnOptions, ObjectLiteral, ValueTransformer } from 'typeorm';
import { EntitySchema } from 'typeorm';
import type { ColumnType, ColumnTypes, DialectName } from './column-types.js';
import { columnTypes } from './column-types.js';

/** Sealed authorization data of one operation. */
export interface CredentialRow {
  operation_id: string;
  sealed: string;
  expires_at: number;
}

/** What a request under an idempotency key led to. */
export interface IdempotencyRow {
  idempotency_key: string;
  request_hash: string;
  operation_id: string | null;
  infrastructure_id: string | null;
  response: string | null;
  created_at: number;
}

/** An entry of the audit trail. */
export interface EventRow {
  seq: number;
  infrastructure_id: string;
  kind: string;
  data: string;
  created_at: number;
}

/** Names of the entities that the stores ask TypeORM for. */
export const entityNames = {
  credential: 'sealed_credential',
  idempotency: 'idempotency',
  event: 'event',
} as const;

type Columns = Record<string, EntitySchemaColumnOptions>;

/** MySQL hands 64-bit numbers out as text. */
const wholeNumber: ValueTransformer = {
  from: (value: unknown) => (typeof value === 'string' ? Number(value) : value),
  to: (value: unknown) => value,
};

/** The tables of the service (design: architecture.md 6) as TypeORM entities. */
export function entities(dialect: DialectName): EntitySchema[] {
  const types = columnTypes(dialect);
  return [
    infrastructureEntity(types),
    ownerEntity(types),
    documentEntity(types),
    vmEntity(types),
    operationEntity(types),
    leaseEntity(types),
    resourceEntity(types),
    credentialEntity(types),
    runEntity(types),
    logEntity(types),
    eventEntity(types),
    idempotencyEntity(types),
    commitMarkEntity(types),
  ];
}

function column(type: ColumnType): EntitySchemaColumnOptions {
  return type.type === 'bigint' ? { ...type, transformer: wholeNumber } : { ...type };
}

function optional(type: ColumnType): EntitySchemaColumnOptions {
  return { ...column(type), nullable: true };
}

function primary(type: ColumnType): EntitySchemaColumnOptions {
  return { ...column(type), primary: true };
}

function entity<Row extends ObjectLiteral>(
  name: string,
  columns: Columns,
  indices: Record<string, { columns: string[]; unique?: boolean }> = {},
): EntitySchema<Row> {
  return new EntitySchema<Row>({
    name,
    tableName: name,
    columns,
    indices: Object.entries(indices).map(([index, { columns: of, unique }]) => ({
      name: index,
      columns: of,
      unique: unique ?? false,
    })),
  });
}

function infrastructureEntity({ key, text, whole, small }: ColumnTypes): EntitySchema {
  return entity(
    'infrastructure',
    {
      id: primary(key(191)),
      version: column(whole),
      created_at: column(whole),
      updated_at: column(whole),
      deleted_at: optional(whole),
      next_vm_id: column(small),
      master_vm_id: optional(small),
      configured: optional(small),
      ansible_configured: optional(small),
      name: optional(text),
      private_networks: column(text),
      snapshots: column(text),
    },
    { infrastructure_created: { columns: ['created_at', 'id'] } },
  );
}

function ownerEntity({ key, text, small }: ColumnTypes): EntitySchema {
  return entity(
    'owner',
    {
      infrastructure_id: primary(key(191)),
      position: primary(small),
      fingerprint: column(key(128)),
      username: column(text),
    },
    { owner_fingerprint: { columns: ['fingerprint', 'infrastructure_id'] } },
  );
}

function documentEntity({ key, text, small }: ColumnTypes): EntitySchema {
  return entity('document', {
    infrastructure_id: primary(key(191)),
    im_id: primary(small),
    kind: primary(key(16)),
    hash: column(key(128)),
    sealed: column(text),
  });
}

function vmEntity({ key, text, whole, small }: ColumnTypes): EntitySchema {
  return entity(
    'vm',
    {
      infrastructure_id: primary(key(191)),
      im_id: primary(small),
      version: column(whole),
      status: column(key(16)),
      provider_state: column(key(16)),
      configured: optional(small),
      provider_id: optional(text),
      last_success: optional(whole),
      failing_since: optional(whole),
      launch_not_before: optional(whole),
      launch_attempts: column(small),
      claim_key: optional(key(255)),
      claim_fence: optional(whole),
      created_at: column(whole),
      added_by: optional(key(64)),
      launch_token: column(key(255)),
      system_name: column(text),
      cloud: column(text),
      error_message: optional(text),
      launch_errors: column(text),
    },
    { vm_status: { columns: ['infrastructure_id', 'status', 'im_id'] } },
  );
}

function operationEntity({ key, text, whole, small }: ColumnTypes): EntitySchema {
  return entity(
    'operation',
    {
      id: primary(key(64)),
      infrastructure_id: optional(key(191)),
      kind: column(key(32)),
      lane: column(key(32)),
      state: column(key(16)),
      step: column(key(64)),
      attempts: column(small),
      not_before: optional(whole),
      deadline: optional(whole),
      created_at: column(whole),
      started_at: optional(whole),
      finished_at: optional(whole),
      requester: column(text),
      error: optional(text),
      request: optional(text),
      data: optional(text),
      result: optional(text),
    },
    {
      operation_lane: { columns: ['infrastructure_id', 'lane', 'id'] },
      operation_state: { columns: ['state', 'infrastructure_id'] },
      operation_finished: { columns: ['kind', 'finished_at'] },
    },
  );
}

function leaseEntity({ key, whole }: ColumnTypes): EntitySchema {
  return entity(
    'lease',
    {
      lease_key: primary(key(255)),
      owner: column(key(255)),
      fence: column(whole),
      expires_at: optional(whole),
    },
    { lease_expiry: { columns: ['expires_at'] } },
  );
}

function resourceEntity({ key, text, whole, small }: ColumnTypes): EntitySchema {
  return entity(
    'cloud_resource',
    {
      id: primary(key(255)),
      infrastructure_id: column(key(191)),
      vm_id: optional(small),
      cloud_id: column(key(191)),
      cloud_type: column(key(64)),
      kind: column(key(32)),
      token: column(key(255)),
      provider_id: optional(text),
      state: column(key(16)),
      last_error: optional(text),
      created_at: column(whole),
      updated_at: column(whole),
    },
    {
      cloud_resource_token: { columns: ['infrastructure_id', 'cloud_id', 'kind', 'token'], unique: true },
      cloud_resource_state: { columns: ['state', 'infrastructure_id'] },
    },
  );
}

function credentialEntity({ key, text, whole }: ColumnTypes): EntitySchema<CredentialRow> {
  return entity<CredentialRow>(
    entityNames.credential,
    { operation_id: primary(key(64)), expires_at: column(whole), sealed: column(text) },
    { sealed_credential_expiry: { columns: ['expires_at'] } },
  );
}

function runEntity({ key, text, whole, small }: ColumnTypes): EntitySchema {
  return entity(
    'ctxt_run',
    {
      operation_id: primary(key(64)),
      run_id: primary(key(191)),
      infrastructure_id: column(key(191)),
      vm_id: optional(small),
      step: column(small),
      name: column(text),
      state: column(key(16)),
      attempt: column(small),
      log_offset: column(whole),
      exit_code: optional(small),
      started_at: optional(whole),
      finished_at: optional(whole),
      data: column(text),
    },
    { ctxt_run_infrastructure: { columns: ['infrastructure_id'] } },
  );
}

function logEntity({ key, text, whole, small }: ColumnTypes): EntitySchema {
  return entity(
    'ctxt_log',
    {
      seq: { ...primary(whole), generated: 'increment' },
      infrastructure_id: column(key(191)),
      scope: column(small),
      run_id: optional(key(191)),
      log_offset: optional(whole),
      content: column(text),
    },
    {
      ctxt_log_scope: { columns: ['infrastructure_id', 'scope', 'seq'] },
      ctxt_log_chunk: { columns: ['infrastructure_id', 'run_id', 'log_offset'], unique: true },
    },
  );
}

function eventEntity({ key, text, whole }: ColumnTypes): EntitySchema<EventRow> {
  return entity<EventRow>(
    entityNames.event,
    {
      seq: { ...primary(whole), generated: 'increment' },
      infrastructure_id: column(key(191)),
      kind: column(key(64)),
      created_at: column(whole),
      data: column(text),
    },
    { event_infrastructure: { columns: ['infrastructure_id', 'seq'] } },
  );
}

function idempotencyEntity({ key, text, whole }: ColumnTypes): EntitySchema<IdempotencyRow> {
  return entity<IdempotencyRow>(
    entityNames.idempotency,
    {
      idempotency_key: primary(key(255)),
      request_hash: column(key(128)),
      operation_id: optional(key(64)),
      infrastructure_id: optional(key(191)),
      created_at: column(whole),
      response: optional(text),
    },
    { idempotency_age: { columns: ['created_at'] } },
  );
}

function commitMarkEntity({ key, whole }: ColumnTypes): EntitySchema {
  return entity(
    'commit_mark',
    { writer: primary(key(64)), mark: column(whole), marked_at: column(whole) },
    { commit_mark_age: { columns: ['marked_at'] } },
  );
}
