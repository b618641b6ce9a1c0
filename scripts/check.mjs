// npm run check: types, lint, format, boundaries between packages, dead code, the files of deploy/, the Helm chart. Each but the last
// two is also a script of package.json.
import { requireNode } from './setup/node-version.mjs';

requireNode();
const { ensureInstalled } = await import('./setup/install.mjs');
const { packageProgram } = await import('./setup/paths.mjs');
const { run } = await import('./setup/run.mjs');

const CHECKS = {
  types: [...packageProgram('typescript/bin/tsc'), '-p', 'tsconfig.json', '--noEmit'],
  lint: [...packageProgram('eslint/bin/eslint.js'), '.', '--max-warnings', '0'],
  format: [...packageProgram('@biomejs/biome/bin/biome'), 'check', '--linter-enabled=false', '.'],
  boundaries: [
    ...packageProgram('dependency-cruiser/bin/dependency-cruise.mjs'),
    '--config',
    '.dependency-cruiser.cjs',
    'libs',
    'apps',
  ],
  'dead code': [...packageProgram('knip/bin/knip.js'), '--no-progress'],
  'deployment files': [process.execPath, 'scripts/deploy-check.mjs'],
  chart: [process.execPath, 'scripts/helm-check.mjs'],
};

/** Exit code of a check that needs what is not on this machine. */
const SKIPPED = 77;

/** Checks that run at once: most of them keep one core busy. */
const AT_ONCE = 2;

await ensureInstalled();
const waiting = Object.entries(CHECKS);
const failed = [];
const skipped = [];
await Promise.all(Array.from({ length: AT_ONCE }, worker));
const passed = Object.keys(CHECKS).length - failed.length - skipped.length;
if (skipped.length > 0) {
  console.log(`${skipped.length} skipped`);
}
// .ci/run reads this line.
console.log(`${passed} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function worker() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, command] = next;
    const begin = performance.now();
    const { code, output } = await run(command, { collect: true });
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    const outcome = code === 0 ? 'ok     ' : code === SKIPPED ? 'skipped' : 'FAILED ';
    console.log(`${outcome} ${name} (${seconds} s)`);
    if (code !== 0) {
      (code === SKIPPED ? skipped : failed).push(name);
      console.log(output.trimEnd());
    } else {
      for (const line of output.split('\n').filter((each) => each.startsWith('skipped'))) {
        console.log(`       ${line}`);
      }
    }
  }
}
