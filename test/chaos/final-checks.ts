import { z } from 'zod';
import type { Cluster } from '../cluster/cluster.js';
import { until } from '../servers/until.js';
import type { Journal } from './journal.js';
import type { Provider } from './provider.js';
import type { Told } from './told.js';

const settleLimitMs = 120_000;

const line = z.object({ line: z.string() });
const counted = z.object({ kind: z.string(), state: z.string(), count: z.coerce.number() });
const vmRow = z.object({ infrastructure_id: z.string(), vms: z.string().nullable() });

/** Statements that name everything which nobody owns, or which is stuck, once all infrastructures are destroyed. */
const leftBehind = [
  "SELECT CONCAT('infrastructure ', id, ' is not deleted') AS line FROM infrastructure WHERE deleted_at IS NULL",
  `SELECT CONCAT('operation ', id, ' (', kind, ', step ', step, ', infrastructure ', COALESCE(infrastructure_id, '-'), ') is ', state)
     AS line FROM operation WHERE state IN ('pending', 'running', 'cancelling')`,
  `SELECT CONCAT('ledger: ', kind, ' ', token, ' of ', infrastructure_id, ' is ', state) AS line
     FROM cloud_resource WHERE state <> 'gone'`,
  `SELECT CONCAT('VM ', im_id, ' of ', infrastructure_id, ' is ', status) AS line FROM vm WHERE status <> 'destroyed'`,
  `SELECT CONCAT('credentials of operation ', c.operation_id, ' are kept') AS line FROM sealed_credential c
     LEFT JOIN operation o ON o.id = c.operation_id
     WHERE o.id IS NULL OR o.state NOT IN ('pending', 'running', 'cancelling')`,
];

/** Operations that exist once for every request that was answered, and the name under which these were counted. */
const onceEach = {
  create: 'told create',
  add: 'told add',
  remove: 'told remove',
  alter: 'told alter',
} as const;

export interface OperationCount {
  kind: string;
  state: string;
  count: number;
}

/**
 * After all users have destroyed what they had: nothing is left at the provider nor in the database, and the rows tell the same story
 * as the answers did. What differs is a violation. @returns operations by kind and state
 */
export async function checkTheEnd(
  cluster: Cluster,
  provider: Provider,
  told: readonly Told[],
  journal: Journal,
): Promise<OperationCount[]> {
  const left = await until(
    () => everythingLeft(cluster, provider),
    (lines) => lines.length === 0,
    settleLimitMs,
  ).catch(() => everythingLeft(cluster, provider));
  left.forEach((text) => journal.violation(`at the end: ${text}`));

  (await differences(cluster, told)).forEach((text) => journal.violation(`at the end: ${text}`));

  const operations = z
    .array(counted)
    .parse(await cluster.sql('SELECT kind, state, COUNT(*) AS count FROM operation GROUP BY kind, state'));
  for (const { kind, state, count } of operations) {
    if (state === 'failed') {
      journal.violation(`at the end: ${count} operations of kind ${kind} have failed`);
    }
  }
  for (const [kind, name] of Object.entries(onceEach)) {
    const rows = operations.filter((row) => row.kind === kind).reduce((sum, { count }) => sum + count, 0);
    if (rows !== journal.counted(name)) {
      journal.violation(
        `at the end: ${rows} operations of kind ${kind} for ${journal.counted(name)} requests`,
      );
    }
  }
  return operations;
}

async function everythingLeft(cluster: Cluster, provider: Provider): Promise<string[]> {
  const lines: string[] = [];
  for (const statement of leftBehind) {
    lines.push(
      ...z
        .array(line)
        .parse(await cluster.sql(statement))
        .map((row) => row.line),
    );
  }
  return [...lines, ...provider.left()];
}

/** VMs by infrastructure, as rows and as told. */
async function differences(cluster: Cluster, told: readonly Told[]): Promise<string[]> {
  const rows = z.array(vmRow).parse(
    await cluster.sql(
      `SELECT i.id AS infrastructure_id, GROUP_CONCAT(v.im_id ORDER BY v.im_id SEPARATOR ',') AS vms
       FROM infrastructure i LEFT JOIN vm v ON v.infrastructure_id = i.id GROUP BY i.id`,
    ),
  );
  const inRows = new Map(rows.map((row) => [row.infrastructure_id, row.vms ?? '']));
  const inAnswers = new Map(
    told.map(({ id, everTold }) => [id, everTold.toSorted((a, b) => Number(a) - Number(b)).join(',')]),
  );
  return [
    ...[...inRows]
      .filter(([id]) => !inAnswers.has(id))
      .map(([id]) => `nobody was told of infrastructure ${id}`),
    ...[...inAnswers]
      .filter(([id, vms]) => inRows.get(id) !== vms)
      .map(([id, vms]) => `${id} has the VMs ${inRows.get(id) ?? '(no row)'}, told were ${vms}`),
    ...(inAnswers.size === told.length ? [] : ['two creations were answered with the same infrastructure']),
  ];
}
