import type { ContextualizationRun, RunState } from '@im/domain';
import { z } from 'zod';
import type { Row } from '../sql/connection.js';
import { number, oneOf, optionalNumber, text } from '../sql/row.js';
import type { Session } from './session.js';
import { openedJson, sealedJson } from './session.js';

const states: readonly RunState[] = [
  'pending',
  'launching',
  'running',
  'ok',
  'failed',
  'lost',
  'cancelled',
  'skipped',
];
const valueByName = z.record(z.string(), z.unknown());

const changingColumns = [
  'infrastructure_id',
  'vm_id',
  'step',
  'name',
  'state',
  'attempt',
  'log_offset',
  'exit_code',
  'started_at',
  'finished_at',
  'data',
] as const;
const upsertRows = {
  table: 'ctxt_run',
  columns: ['operation_id', 'run_id', ...changingColumns],
  onConflict: changingColumns,
} as const;

/** The playbook runs of contextualizations. */
export class RunTable {
  constructor(private readonly session: Session) {}

  /** In the order in which they run. */
  async ofOperation(operationId: string): Promise<ContextualizationRun[]> {
    const rows = await this.session.connection.all(
      'SELECT * FROM ctxt_run WHERE operation_id = ? ORDER BY step, run_id',
      [operationId],
    );
    return rows.map((row) => this.run(row));
  }

  async save(runs: readonly ContextualizationRun[]): Promise<void> {
    const { connection, sealer } = this.session;
    await connection.insert(
      upsertRows,
      runs.map((run) => [
        run.operationId,
        run.runId,
        run.infrastructureId,
        run.vmId,
        run.step,
        run.name,
        run.state,
        run.attempt,
        run.logOffset,
        run.exitCode,
        run.startedAt,
        run.finishedAt,
        sealedJson(sealer, run.data, contextOf(run.operationId, run.runId)),
      ]),
    );
  }

  private run(row: Row): ContextualizationRun {
    const operationId = text(row, 'operation_id');
    const runId = text(row, 'run_id');
    return {
      infrastructureId: text(row, 'infrastructure_id'),
      operationId,
      runId,
      vmId: optionalNumber(row, 'vm_id'),
      step: number(row, 'step'),
      name: text(row, 'name'),
      state: oneOf(row, 'state', states),
      attempt: number(row, 'attempt'),
      logOffset: number(row, 'log_offset'),
      exitCode: optionalNumber(row, 'exit_code'),
      data: valueByName.parse(
        openedJson(this.session.sealer, text(row, 'data'), contextOf(operationId, runId)),
      ),
      startedAt: optionalNumber(row, 'started_at'),
      finishedAt: optionalNumber(row, 'finished_at'),
    };
  }
}

function contextOf(operationId: string, runId: string): string {
  return `run:${operationId}:${runId}`;
}
