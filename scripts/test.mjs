// npm test [-- arguments of vitest]: installs and compiles what is missing, provides the servers the tests need, runs them.
import { requireNode } from './setup/node-version.mjs';

requireNode();
const { mkdtempSync, rmSync } = await import('node:fs');
const { tmpdir } = await import('node:os');
const { join } = await import('node:path');
const { ensureInstalled } = await import('./setup/install.mjs');
const { ensureBuilt } = await import('./setup/build.mjs');
const { packageProgram } = await import('./setup/paths.mjs');
const { run } = await import('./setup/run.mjs');
const { provideMachineAndDatabase } = await import('./test/database.mjs');
const { summarize } = await import('./test/summary.mjs');

await ensureInstalled();
await ensureBuilt();

// An interrupt reaches vitest (see run); what was started here is stopped all the same.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

const folder = mkdtempSync(join(tmpdir(), 'im-test-'));
const report = join(folder, 'report.json');
const database = await provideMachineAndDatabase();
try {
  const { code } = await run(
    [
      ...packageProgram('vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...process.argv.slice(2),
    ],
    { env: { ...process.env, ...(database.url === undefined ? {} : { IM_TEST_MYSQL_URL: database.url }) } },
  );
  const { passed, failed, skipped } = summarize(report, code);
  if (skipped > 0) {
    console.log(`${skipped} skipped`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && code === 0 ? 0 : 1;
} finally {
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}
