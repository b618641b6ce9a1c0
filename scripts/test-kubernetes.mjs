// npm run test:kubernetes [-- --keep] [-- STEP...]: installs the chart helm/im into a real Kubernetes on this machine and tries what an operator
// does. Needs Debian 12, root, and ../shared/tools/kubernetes; the first run builds Kubernetes and takes half an hour.
//   --keep   leaves the cluster running      STEP   only these steps, in an already running cluster if there is one (see docs/kubernetes.md)
import { existsSync } from 'node:fs';
import { requireNode } from './setup/node-version.mjs';

requireNode();
const { Cluster } = await import('./kubernetes/cluster.mjs');
const { clusterTools, provideHelm } = await import('./kubernetes/provide-helm.mjs');
const { STEPS } = await import('./kubernetes/steps.mjs');
const { Release } = await import('./kubernetes/release.mjs');
const { ensureInstalled } = await import('./setup/install.mjs');

const names = process.argv.slice(2).filter((word) => word !== '--keep');
const unknown = names.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}; there are ${Object.keys(STEPS).join(', ')}.`);
  process.exit(64);
}
if (!existsSync(clusterTools)) {
  console.error(`There is no cluster to test in: ${clusterTools} is missing.`);
  process.exit(1);
}
const { helm, reason } = await provideHelm();
if (helm === undefined) {
  console.error(`There is no Helm: ${reason}.`);
  process.exit(1);
}
await ensureInstalled();

const cluster = await Cluster.start(helm);
const release = new Release(cluster);
const steps = Object.entries(STEPS).filter(([name]) => names.length === 0 || names.includes(name));
let passed = 0;
let failed = 0;
try {
  for (const [name, step] of steps) {
    const began = performance.now();
    const seconds = () => `${((performance.now() - began) / 1000).toFixed(0)} s`;
    try {
      const figures = await step(cluster, release);
      console.log(`ok     ${name} (${seconds()}): ${figures}`);
      passed++;
    } catch (error) {
      console.log(`FAILED ${name} (${seconds()}): ${error.message}`);
      console.log(await whatIsThere());
      failed++;
      break;
    }
  }
} finally {
  if (!process.argv.includes('--keep')) {
    await cluster.stop();
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** What helps to understand a failure. */
async function whatIsThere() {
  const questions = [
    ['get', 'pods', '-o', 'wide'],
    ['get', 'events', '--sort-by=.lastTimestamp'],
    [
      'logs',
      '--prefix',
      '--tail=20',
      '-l',
      'app.kubernetes.io/name=im',
      '--all-containers',
      '--max-log-requests=50',
    ],
  ];
  const answers = [];
  for (const question of questions) {
    answers.push(await release.kubectl(...question).catch((error) => error.message));
  }
  return answers.map((answer) => answer.split('\n').slice(-60).join('\n')).join('\n');
}
