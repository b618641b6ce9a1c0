// npm run test:compose [-- STEP...]: runs docker-compose.yml with the Docker Engine and the Docker Compose of this machine, and tries what
// docs/docker-compose.md says. The images are those of docker-compose.yml; IM_IMAGE, MYSQL_IMAGE, REDIS_IMAGE and HAPROXY_IMAGE name others.
//   STEP   only these of start, conformance, rights, scale, upgrade, deaths, end
// IM_TEST_COMPOSE names the program of Docker Compose where it is not a plugin of docker.
import { requireNode } from './setup/node-version.mjs';

requireNode();
const { Deployment } = await import('./compose/deployment.mjs');
const { STEPS } = await import('./compose/steps.mjs');
const { ensureInstalled } = await import('./setup/install.mjs');
const { run } = await import('./setup/run.mjs');

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}; there are ${Object.keys(STEPS).join(', ')}.`);
  process.exit(64);
}
const given = process.env.IM_TEST_COMPOSE;
const compose = given === undefined ? ['docker', 'compose'] : [given];
const version = await run([...compose, 'version'], { collect: true });
if (version.code !== 0) {
  console.error(
    'There is no Docker Compose: install its plugin for docker, or name its program in IM_TEST_COMPOSE.',
  );
  process.exit(1);
}
await ensureInstalled();

const deployment = await Deployment.prepare(compose);
let passed = 0;
let failed = 0;
try {
  for (const [name, step] of Object.entries(STEPS)) {
    if (names.length > 0 && !names.includes(name)) {
      continue;
    }
    const began = performance.now();
    const seconds = () => `${((performance.now() - began) / 1000).toFixed(0)} s`;
    try {
      const figures = await step(deployment);
      console.log(`ok     ${name} (${seconds()}): ${figures}`);
      passed++;
    } catch (error) {
      console.log(`FAILED ${name} (${seconds()}): ${error.message}`);
      console.log(await deployment.do('logs', '--tail', '20').catch((cause) => cause.message));
      failed++;
      break;
    }
  }
} finally {
  await deployment.remove();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
