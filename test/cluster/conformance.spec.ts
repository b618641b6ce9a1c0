import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTosca, runSuite, suiteIsPresent } from '../conformance/rest-suite.js';
import { leftBehind } from '../servers/leak-check.js';
import type { Cluster } from './cluster.js';
import { startCluster } from './cluster.js';

describe.skipIf(!suiteIsPresent)('REST conformance of a cluster (needs ../shared/conformance)', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({
      api: 3,
      workers: 3,
      // The suite plays a proxy in front of the service.
      env: { IM_LOG_LEVEL: 'warning', IM_PROXY_BEHIND: '127.0.0.1' },
    });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  it.each([
    ['with stickiness', true],
    ['with plain roundrobin', false],
  ])(
    'is strict through HAProxy %s, but for TOSCA',
    async (_how, sticky) => {
      await cluster.setStickiness(sticky);

      const { passed, failed } = await runSuite(cluster.url, true);

      expect(failed.filter((name) => !needTosca.has(name))).toEqual([]);
      expect(passed).toBeGreaterThan(300);
      const givenAway = await exported();
      const left = await leftBehind({ sql: (query) => cluster.sql(query) });
      expect(left.filter((line) => !givenAway.some((id) => line.includes(id)))).toEqual([]);
    },
    480_000,
  );

  /** Ids of those that were given to another service (`/data?delete=yes`), which has their machines now. */
  async function exported(): Promise<string[]> {
    const rows = await cluster.sql(
      `SELECT id FROM infrastructure WHERE deleted_at IS NOT NULL
         AND id NOT IN (SELECT infrastructure_id FROM operation WHERE kind = 'destroy' AND infrastructure_id IS NOT NULL)`,
    );
    return rows.map(({ id }) => String(id));
  }
});
