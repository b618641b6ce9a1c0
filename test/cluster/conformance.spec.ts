import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSuite, suiteIsPresent } from '../conformance/rest-suite.js';
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
    'is strict through HAProxy %s',
    async (_how, sticky) => {
      await cluster.setStickiness(sticky);

      const { passed, failed } = await runSuite(cluster.url, true);

      expect(failed).toEqual([]);
      expect(passed).toBeGreaterThan(300);
      expect(await leftBehind({ sql: (query) => cluster.sql(query) })).toEqual([]);
    },
    480_000,
  );
});
