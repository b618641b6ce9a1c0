// npm test [-- arguments of vitest]: installs and compiles what is missing, provides the servers the tests need, runs them. Without arguments
// two runs go beside each other, as most tests wait most of their time: the tests with real machines, and the others.
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

const given = process.argv.slice(2);
const runs = given.length > 0 ? [given] : [['--project=unit', '--project=machines'], ['--project=system']];

const folder = mkdtempSync(join(tmpdir(), 'im-test-'));
const database = await provideMachineAndDatabase();
const env = {
  ...process.env,
  ...(database.url === undefined ? {} : { IM_TEST_MYSQL_URL: database.url }),
};

/** Shows the output of the first run as it comes, that of others when they have ended. */
async function runTests(args, index) {
  const report = join(folder, `report-${index}.json`);
  const vitest = [...packageProgram('vitest/vitest.mjs'), 'run'];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code, output } = await run([...vitest, ...reporters, ...args], { env, collect: index > 0 });
  process.stdout.write(output);
  return summarize(report, code);
}

try {
  const results = await Promise.all(runs.map(runTests));
  const sum = (kind) => results.reduce((total, result) => total + result[kind], 0);
  if (sum('skipped') > 0) {
    console.log(`${sum('skipped')} skipped`);
  }
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  process.exitCode = sum('failed') === 0 ? 0 : 1;
} finally {
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}
