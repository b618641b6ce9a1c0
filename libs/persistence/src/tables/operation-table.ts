import type { Operation, OperationFailure, OperationKind, OperationLane, OperationState } from '@im/domain';
import { activeOperationStates, VersionConflictError } from '@im/domain';
import { z } from 'zod';
import type { Row, SqlValue } from '../sql/connection.js';
import { number, oneOf, optionalNumber, optionalText, text } from '../sql/row.js';
import type { Session } from './session.js';
import { openedJson, sealedJson } from './session.js';

const kinds: readonly OperationKind[] = [
  'create',
  'add',
  'remove',
  'destroy',
  'alter',
  'start',
  'stop',
  'reboot',
  'reconfigure',
  'snapshot',
  'contextualize',
  'refresh',
  'estimate',
  'images',
  'quotas',
];
/** Operations that change nothing: nobody asks for them once they were answered. */
const questions: readonly OperationKind[] = ['refresh', 'estimate', 'images', 'quotas'];
const lanes: readonly OperationLane[] = ['mutation', 'contextualization', 'refresh'];
const states: readonly OperationState[] = [...activeOperationStates, 'succeeded', 'failed', 'cancelled'];
const failure: z.ZodType<OperationFailure> = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().exactOptional(),
});

const activeList = activeOperationStates.map((state) => `'${state}'`).join(', ');
const questionList = questions.map((kind) => `'${kind}'`).join(', ');

const insertRow = {
  table: 'operation',
  columns: [
    'id',
    'infrastructure_id',
    'kind',
    'lane',
    'created_at',
    'requester',
    'request',
    'state',
    'step',
    'attempts',
    'not_before',
    'deadline',
    'started_at',
    'finished_at',
    'error',
    'data',
    'result',
  ],
} as const;

export class OperationTable {
  constructor(private readonly session: Session) {}

  async byId(id: string): Promise<Operation | null> {
    const row = await this.session.connection.first('SELECT * FROM operation WHERE id = ?', [id]);
    return row === null ? null : this.operation(row);
  }

  async active(infrastructureId: string): Promise<Operation[]> {
    const rows = await this.session.connection.all(
      `SELECT * FROM operation WHERE infrastructure_id = ? AND state IN (${activeList}) ORDER BY id`,
      [infrastructureId],
    );
    return rows.map((row) => this.operation(row));
  }

  async latest(infrastructureId: string, lane: OperationLane): Promise<Operation | null> {
    const row = await this.session.connection.first(
      'SELECT * FROM operation WHERE infrastructure_id = ? AND lane = ? ORDER BY id DESC LIMIT 1',
      [infrastructureId, lane],
    );
    return row === null ? null : this.operation(row);
  }

  async insert(operation: Operation): Promise<void> {
    await this.session.connection.insert(insertRow, [
      [
        operation.id,
        operation.infrastructureId,
        operation.kind,
        operation.lane,
        operation.createdAt,
        operation.requester,
        sealedJson(this.session.sealer, operation.request, contextOf(operation.id, 'request')),
        ...this.changingValues(operation),
      ],
    ]);
  }

  /**
   * What was asked is not written again: it may be long, and hardly ever changes.
   * @returns whether the state became another one
   */
  async save(operation: Operation): Promise<boolean> {
    const { connection } = this.session;
    const known = await connection.first(
      `SELECT state FROM operation WHERE id = ? ${connection.dialect.forUpdate}`,
      [operation.id],
    );
    if (known === null) {
      throw new VersionConflictError(`Operation ${operation.id}`);
    }
    await connection.run(
      `UPDATE operation SET state = ?, step = ?, attempts = ?, not_before = ?, deadline = ?, started_at = ?,
         finished_at = ?, error = ?, data = ?, result = ? WHERE id = ?`,
      [...this.changingValues(operation), operation.id],
    );
    return text(known, 'state') !== operation.state;
  }

  async saveRequest({ id, request }: Pick<Operation, 'id' | 'request'>): Promise<void> {
    const { connection, sealer } = this.session;
    const sealed = sealedJson(sealer, request, contextOf(id, 'request'));
    await connection.run('UPDATE operation SET request = ? WHERE id = ?', [sealed, id]);
  }

  /** One operation of each subject that has work to do and no worker; subjects with the oldest operations first. */
  async unattended(limit: number): Promise<{ infrastructureId: string | null; operationId: string }[]> {
    const { connection } = this.session;
    const { now } = connection.dialect;
    const rows = await connection.all(
      `SELECT o.infrastructure_id, MIN(o.id) AS operation_id FROM operation o
         LEFT JOIN lease l ON l.lease_key = COALESCE(o.infrastructure_id, o.id) AND l.expires_at > ${now}
       WHERE o.state IN (${activeList}) AND (o.not_before IS NULL OR o.not_before <= ${now}) AND l.lease_key IS NULL
       GROUP BY COALESCE(o.infrastructure_id, o.id), o.infrastructure_id
       ORDER BY operation_id LIMIT ${Math.trunc(limit)}`,
    );
    return rows.map((row) => ({
      infrastructureId: optionalText(row, 'infrastructure_id'),
      operationId: text(row, 'operation_id'),
    }));
  }

  async deleteAnsweredQuestions(finishedBefore: number): Promise<void> {
    await this.session.connection.run(
      `DELETE FROM operation WHERE kind IN (${questionList}) AND finished_at < ?`,
      [finishedBefore],
    );
  }

  /** In the order of the last columns of `insertRow`. */
  private changingValues(operation: Operation): SqlValue[] {
    const { sealer } = this.session;
    return [
      operation.state,
      operation.step,
      operation.attempts,
      operation.notBefore,
      operation.deadline,
      operation.startedAt,
      operation.finishedAt,
      operation.error === null ? null : JSON.stringify(operation.error),
      sealedJson(sealer, operation.data, contextOf(operation.id, 'data')),
      sealedJson(sealer, operation.result, contextOf(operation.id, 'result')),
    ];
  }

  private operation(row: Row): Operation {
    const { sealer } = this.session;
    const id = text(row, 'id');
    const error = optionalText(row, 'error');
    const opened = (column: SealedColumn) =>
      openedJson(sealer, optionalText(row, column), contextOf(id, column));
    return {
      id,
      infrastructureId: optionalText(row, 'infrastructure_id'),
      kind: oneOf(row, 'kind', kinds),
      lane: oneOf(row, 'lane', lanes),
      state: oneOf(row, 'state', states),
      request: opened('request'),
      step: text(row, 'step'),
      data: opened('data'),
      result: opened('result'),
      error: error === null ? null : failure.parse(JSON.parse(error)),
      attempts: number(row, 'attempts'),
      notBefore: optionalNumber(row, 'not_before'),
      deadline: optionalNumber(row, 'deadline'),
      requester: text(row, 'requester'),
      createdAt: number(row, 'created_at'),
      startedAt: optionalNumber(row, 'started_at'),
      finishedAt: optionalNumber(row, 'finished_at'),
    };
  }
}

type SealedColumn = 'request' | 'data' | 'result';

function contextOf(operationId: string, column: SealedColumn): string {
  return `operation:${operationId}:${column}`;
}
