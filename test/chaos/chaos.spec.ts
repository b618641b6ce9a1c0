import { describe, expect, it } from 'vitest';
import { missingPrograms } from '../cluster/programs.js';
import { runChaos } from './chaos-run.js';
import { renderReport } from './report.js';

const missing = missingPrograms();

describe.skipIf(missing.length > 0)(
  'a cluster under load whose processes are killed one after another',
  () => {
    it('loses and doubles nothing, and comes to its end', { timeout: 600_000 }, async () => {
      const result = await runChaos({
        seconds: 45,
        clients: 12,
        api: 2,
        workers: 2,
        killEverySeconds: 5,
        deck: { api: 3, worker: 3, redis: 1, mariadb: 1, haproxy: 1 },
        seed: 1,
        env: { IM_OPERATION_LEASE_TIME: '5', IM_LOG_LEVEL: 'WARNING' },
      });

      expect(result.journal.violations, renderReport(result)).toEqual([]);
      expect(new Set(result.outages.map(({ kind }) => kind)).size).toBeGreaterThan(2);
      expect(result.outages.every(({ until }) => until !== null)).toBe(true);
      expect(result.infrastructures).toBeGreaterThan(5);
    });
  },
);
