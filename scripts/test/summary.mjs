import { existsSync, readFileSync } from 'node:fs';

/**
 * Counts the tests of a report of vitest's JSON reporter. A file that could not be loaded counts as one failure, and so does a
 * run that failed without saying why.
 * @param {string} path of the report
 * @param {number} exitCode of vitest
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
export function summarize(path, exitCode) {
  if (!existsSync(path)) {
    return { passed: 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 };
  }
  const report = JSON.parse(readFileSync(path, 'utf8'));
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + unloaded;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}
