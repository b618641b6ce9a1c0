import type { MigrationInterface, QueryRunner, Table } from 'typeorm';
import type { ColumnTypes } from '../column-types.js';
import { column, optional, primary, table, typesFor } from '../tables-of-migrations.js';

/** The first tables. May run again after it was interrupted: MySQL commits each CREATE TABLE on its own. */
export class InitialTables1764000000000 implements MigrationInterface {
  readonly name = 'InitialTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables(runner)) {
      await runner.createTable(table, true, false, true);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables(runner).reverse()) {
      await runner.dropTable(table, true);
    }
  }
}

function tables(runner: QueryRunner): Table[] {
  const types = typesFor(runner);
  return [...tablesOfInfrastructures(types), ...tablesOfWork(types), ...tablesOfRecords(types)];
}

function tablesOfInfrastructures({ key, text, whole, small }: ColumnTypes): Table[] {
  return [
    table(
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
      [{ name: 'infrastructure_created', columnNames: ['created_at', 'id'] }],
    ),
    table(
      'owner',
      {
        infrastructure_id: primary(key(191)),
        position: primary(small),
        fingerprint: column(key(128)),
        username: column(text),
      },
      [{ name: 'owner_fingerprint', columnNames: ['fingerprint', 'infrastructure_id'] }],
    ),
    table('document', {
      infrastructure_id: primary(key(191)),
      im_id: primary(small),
      kind: primary(key(16)),
      hash: column(key(128)),
      sealed: column(text),
    }),
    table(
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
      [{ name: 'vm_status', columnNames: ['infrastructure_id', 'status', 'im_id'] }],
    ),
  ];
}

function tablesOfWork({ key, text, whole, small }: ColumnTypes): Table[] {
  return [
    table(
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
      [
        { name: 'operation_lane', columnNames: ['infrastructure_id', 'lane', 'id'] },
        { name: 'operation_state', columnNames: ['state', 'infrastructure_id'] },
        { name: 'operation_finished', columnNames: ['kind', 'finished_at'] },
      ],
    ),
    table(
      'lease',
      {
        lease_key: primary(key(255)),
        owner: column(key(255)),
        fence: column(whole),
        expires_at: optional(whole),
      },
      [{ name: 'lease_expiry', columnNames: ['expires_at'] }],
    ),
    table(
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
      [
        {
          name: 'cloud_resource_token',
          columnNames: ['infrastructure_id', 'cloud_id', 'kind', 'token'],
          isUnique: true,
        },
      ],
    ),
  ];
}

function tablesOfRecords({ key, text, whole, small }: ColumnTypes): Table[] {
  return [
    table(
      'sealed_credential',
      { operation_id: primary(key(64)), expires_at: column(whole), sealed: column(text) },
      [{ name: 'sealed_credential_expiry', columnNames: ['expires_at'] }],
    ),
    table(
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
      [{ name: 'ctxt_run_infrastructure', columnNames: ['infrastructure_id'] }],
    ),
    table(
      'ctxt_log',
      {
        seq: { ...primary(whole), isGenerated: true, generationStrategy: 'increment' },
        infrastructure_id: column(key(191)),
        scope: column(small),
        run_id: optional(key(191)),
        log_offset: optional(whole),
        content: column(text),
      },
      [
        { name: 'ctxt_log_scope', columnNames: ['infrastructure_id', 'scope', 'seq'] },
        {
          name: 'ctxt_log_chunk',
          columnNames: ['infrastructure_id', 'run_id', 'log_offset'],
          isUnique: true,
        },
      ],
    ),
    table(
      'event',
      {
        seq: { ...primary(whole), isGenerated: true, generationStrategy: 'increment' },
        infrastructure_id: column(key(191)),
        kind: column(key(64)),
        created_at: column(whole),
        data: column(text),
      },
      [{ name: 'event_infrastructure', columnNames: ['infrastructure_id', 'seq'] }],
    ),
    table(
      'idempotency',
      {
        idempotency_key: primary(key(255)),
        request_hash: column(key(128)),
        operation_id: optional(key(64)),
        infrastructure_id: optional(key(191)),
        created_at: column(whole),
        response: optional(text),
      },
      [{ name: 'idempotency_age', columnNames: ['created_at'] }],
    ),
  ];
}
