import { join } from 'node:path';
import Docker from 'dockerode';
import Database from 'libsql';
import { z } from 'zod';
import { until } from './until.js';

const patienceMs = 10_000;

/** The database of a service: its data folder when it keeps a SQLite file, else what runs a query in it. */
export type ServiceData = { dataDir: string } | { sql(query: string): Promise<unknown[]> };

/** Where things could be left behind. */
export type Places = ServiceData & {
  /** The engine behind the clouds of type Docker, asked past the service. */
  docker?: Docker;
};

const infrastructureRow = z.object({ id: z.string(), deleted: z.number() });
const vmRow = z.object({
  infrastructure_id: z.string(),
  im_id: z.number(),
  status: z.string(),
  provider_id: z.string().nullable(),
});
const resourceRow = z.object({
  infrastructure_id: z.string(),
  kind: z.string(),
  token: z.string(),
  state: z.string(),
});
const operationRow = z.object({
  infrastructure_id: z.string().nullable(),
  kind: z.string(),
  state: z.string(),
});

const queries = {
  // Those that were given away (`/data?delete=yes`) are somebody else's, machines included, until they come back and are destroyed here.
  infrastructures: `SELECT id, deleted_at IS NOT NULL AS deleted FROM infrastructure i
    WHERE deleted_at IS NULL
      OR NOT EXISTS (SELECT 1 FROM event e WHERE e.infrastructure_id = i.id AND e.kind = 'infrastructure.exported')
      OR EXISTS (SELECT 1 FROM operation o WHERE o.infrastructure_id = i.id AND o.kind = 'destroy')`,
  vms: 'SELECT infrastructure_id, im_id, status, provider_id FROM vm',
  resources: 'SELECT infrastructure_id, kind, token, state FROM cloud_resource',
  operations:
    "SELECT infrastructure_id, kind, state FROM operation WHERE state IN ('pending', 'running', 'cancelling')",
  credentials: `SELECT c.operation_id AS id FROM sealed_credential c LEFT JOIN operation o ON o.id = c.operation_id
    WHERE o.id IS NULL OR o.state NOT IN ('pending', 'running', 'cancelling')`,
};

type Rows = ReturnType<typeof parseRows>;

/**
 * Everything that nobody owns, with a moment's patience for what is just ending: see `ownerless`.
 * @returns one line for each; an empty list is what every test wants
 */
export function leftBehind(places: Places): Promise<string[]> {
  return until(
    () => ownerless(places),
    (left) => left.length === 0,
    patienceMs,
  ).catch(() => ownerless(places));
}

/**
 * What nobody owns at this moment: open ledger rows, VMs, operations and credentials of infrastructures that are deleted, and what their
 * clouds still have of them; machines of a living infrastructure that no VM of it names. Reads the database file and the engine, not
 * the API, since the API is what is tested.
 */
async function ownerless(places: Places): Promise<string[]> {
  const { docker } = places;
  const rows = await readRows(places);
  const dead = new Set(rows.infrastructures.filter(({ deleted }) => deleted === 1).map(({ id }) => id));
  const left = [
    ...rows.resources
      .filter((row) => dead.has(row.infrastructure_id) && row.state !== 'gone')
      .map((row) => `ledger: ${row.kind} ${row.token} is ${row.state}`),
    ...rows.vms
      .filter((row) => dead.has(row.infrastructure_id) && row.status !== 'destroyed')
      .map((row) => `VM ${row.im_id} of ${row.infrastructure_id} is ${row.status}`),
    ...rows.operations
      .filter((row) => row.infrastructure_id !== null && dead.has(row.infrastructure_id))
      .map((row) => `operation: ${row.kind} of ${row.infrastructure_id} is ${row.state}`),
    ...rows.credentials.map((id) => `credentials of operation ${id}, which has ended`),
  ];
  return docker === undefined ? left : [...left, ...(await leftAtEngine(docker, rows))];
}

/** Ids of infrastructures that exist for the database, whoever owns them. */
export function livingInfrastructures(dataDir: string): string[] {
  return readFile(dataDir)
    .infrastructures.filter(({ deleted }) => deleted === 0)
    .map(({ id }) => id);
}

/** Containers, networks and volumes of an infrastructure, as the engine has them. */
export async function atEngine(docker: Docker, infrastructureId: string): Promise<string[]> {
  const filters = { label: [`im.inf_id=${infrastructureId}`] };
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  return [
    ...containers.map(({ Id }) => `container ${Id}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...(volumes.Volumes ?? []).map(({ Name }) => `volume ${Name}`),
  ];
}

/** A client of an engine: `unix` path or `http://host:port`. */
export function engineAt(address: string): Docker {
  if (address.startsWith('/')) {
    return new Docker({ socketPath: address });
  }
  const { hostname, port } = new URL(address);
  return new Docker({ host: hostname, port, protocol: 'http' });
}

async function leftAtEngine(docker: Docker, rows: Rows): Promise<string[]> {
  const found = await Promise.all(
    rows.infrastructures.map(async ({ id, deleted }) => {
      const present = await atEngine(docker, id);
      const named = new Set(
        rows.vms.filter((vm) => vm.infrastructure_id === id).map((vm) => `container ${vm.provider_id}`),
      );
      return deleted === 1
        ? present
        : present.filter((thing) => thing.startsWith('container ') && !named.has(thing));
    }),
  );
  return found.flat().map((thing) => `engine: ${thing}`);
}

async function readRows(data: ServiceData) {
  if ('dataDir' in data) {
    return readFile(data.dataDir);
  }
  const [infrastructures, vms, resources, operations, credentials] = await Promise.all([
    data.sql(queries.infrastructures),
    data.sql(queries.vms),
    data.sql(queries.resources),
    data.sql(queries.operations),
    data.sql(queries.credentials),
  ]);
  return parseRows({ infrastructures, vms, resources, operations, credentials });
}

/** All in one transaction, so that the rows belong together. */
function readFile(dataDir: string) {
  const database = new Database(join(dataDir, 'im.sqlite'), { readonly: true, timeout: 10_000 });
  try {
    database.exec('BEGIN');
    const all = (sql: string): unknown[] => database.prepare(sql).all();
    return parseRows({
      infrastructures: all(queries.infrastructures),
      vms: all(queries.vms),
      resources: all(queries.resources),
      operations: all(queries.operations),
      credentials: all(queries.credentials),
    });
  } finally {
    database.close();
  }
}

function parseRows(rows: Record<keyof typeof queries, unknown>) {
  return {
    infrastructures: z.array(infrastructureRow).parse(rows.infrastructures),
    vms: z.array(vmRow).parse(rows.vms),
    resources: z.array(resourceRow).parse(rows.resources),
    operations: z.array(operationRow).parse(rows.operations),
    credentials: z
      .array(z.object({ id: z.string() }))
      .parse(rows.credentials)
      .map(({ id }) => id),
  };
}
