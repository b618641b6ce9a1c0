import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inProject } from '../setup/paths.mjs';
import { runConformance } from './conformance.mjs';
import { importServerImages, importServiceImage } from './images.mjs';
import { Load } from './load.mjs';
import { CHART } from './release.mjs';
import { ServiceClient } from './service-client.mjs';

const crds = inProject('test/kubernetes/crds.yaml');
const LOAD_CLIENTS = 8;
const MACHINES = 1000;

/**
 * What is tried, in this order. A step gives its figures as a sentence, and throws when something is not as promised.
 * @type {Record<string, (cluster: import('./cluster.mjs').Cluster, release: import('./release.mjs').Release) => Promise<string>>}
 */
export const STEPS = {
  images,
  accept,
  install,
  test: helmTest,
  conformance,
  scale,
  upgrade,
  kill,
  uninstall,
};

/** The image by the steps of its Dockerfile, and MariaDB, Redis and HAProxy of Debian. */
async function images(cluster) {
  await importServerImages(cluster);
  await importServiceImage(cluster);
  return 'the service and three servers are on the node';
}

/** The API server looks at every object that the values of helm/im/ci make, without making it. */
async function accept(cluster) {
  const folder = mkdtempSync(join(tmpdir(), 'im-chart-'));
  await cluster.kubectl('apply', '-f', crds);
  await cluster.kubectl('wait', '--for=condition=Established', '--timeout=60s', '-f', crds);
  await cluster.kubectl('create', 'namespace', 'im-accept');
  const counts = [];
  try {
    for (const file of readdirSync(inProject('helm/im/ci'))) {
      const values = inProject('helm/im/ci', file);
      const manifest = join(folder, file);
      writeFileSync(
        manifest,
        await cluster.helm(
          'template',
          'im',
          CHART,
          '-n',
          'im-accept',
          '--kube-version',
          '1.33.0',
          '-f',
          values,
        ),
      );
      const answer = await cluster.kubectl('apply', '--dry-run=server', '-n', 'im-accept', '-f', manifest);
      if (/^Warning/m.test(answer)) {
        throw new Error(`${file}: ${answer}`);
      }
      counts.push(`${file.replace('-values.yaml', '')} ${answer.match(/\(server dry run\)/g).length}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await cluster.kubectl('delete', 'namespace', 'im-accept');
    await cluster.kubectl('delete', '-f', crds);
  }
  return `objects accepted: ${counts.join(', ')}`;
}

/** Everything as in values.yaml, but for what test/kubernetes/values.yaml says. */
async function install(_cluster, release) {
  await release.install();
  const pods = [];
  for (const component of ['api', 'worker', 'haproxy', 'mysql', 'redis']) {
    const running = await release.pods(component);
    const restarts = Math.max(0, ...running.map((pod) => pod.restarts));
    // Once may happen on a slow machine: a name server that does not answer ends the first start.
    if (running.length === 0 || restarts > 1) {
      throw new Error(`${running.length} pods of ${component} run; one was started again ${restarts} times.`);
    }
    pods.push(`${running.length} ${component}${restarts === 0 ? '' : ' (one started again)'}`);
  }
  const hooks = await release.kubectl(
    'get',
    'jobs,secrets',
    '-l',
    'app.kubernetes.io/component=migrate',
    '-o',
    'name',
  );
  if (hooks.includes('im-migrate')) {
    throw new Error(`What belongs to the migration is still there: ${hooks}`);
  }
  return `pods: ${pods.join(', ')}`;
}

/** An infrastructure of two Dummy machines, from inside of the cluster. */
async function helmTest(cluster, release) {
  const output = await cluster.helm('test', 'im', '-n', release.namespace, '--timeout', '3m');
  if (!/^Phase:\s+Succeeded/m.test(output)) {
    throw new Error(output);
  }
  return 'an infrastructure was created, configured and destroyed';
}

/** REST as it is specified, with all replicas and workers behind the Service. */
async function conformance(_cluster, release) {
  const result = await runConformance(await release.url());
  if (result === undefined) {
    return 'there is no suite in ../shared/conformance';
  }
  if (result.failed.length > 0 || result.passed < 300) {
    throw new Error(`${result.passed} passed, ${result.failed.length} failed:\n${result.failed.join('\n')}`);
  }
  // All requests came through one HAProxy (the Service keeps a client to one), and its peer has learned from it.
  const known = await sumByMetrics(
    await release.pods('haproxy'),
    8406,
    /^haproxy_sticktable_used\{name="imbackend".*\} (\d+)/gm,
  );
  if (Math.min(...known) < 50) {
    throw new Error(`The HAProxies do not share what they know of infrastructures: ${known.join(' and ')}.`);
  }
  return `${result.passed} cases passed; the HAProxies know ${known.join(' and ')} infrastructures`;
}

/** More workers, each of which works, and fewer again. */
async function scale(_cluster, release) {
  const began = performance.now();
  await release.scaleWorkers(4);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const client = new ServiceClient(await release.url());
  const paths = await Promise.all(Array.from({ length: 20 }, () => client.create(5, { asynchronous: true })));
  await Promise.all(paths.map((path) => client.becomes(path, 'configured')));
  const steps = await sumByWorker(
    await release.pods('worker'),
    /^im_operation_step_duration_seconds_count\{.*\} (\d+)/gm,
  );
  const busy = steps.filter((count) => count > 0);
  await Promise.all(paths.map((path) => client.destroy(path)));
  if (busy.length < 4) {
    throw new Error(`Only ${busy.length} of 4 workers did something.`);
  }
  await release.scaleWorkers(2);
  return `4 workers after ${seconds} s, all of which worked; 2 again`;
}

/** `helm upgrade` from 2 to 4 workers and a rolling restart of the API, while clients go on. */
async function upgrade(_cluster, release) {
  const before = await release.json('get', 'secret', 'im');
  const load = new Load(await release.url(), LOAD_CLIENTS);
  await pause(5_000);
  await release.upgrade('worker.replicas=4');
  const workers = await release.pods('worker');
  await release.kubectl('rollout', 'restart', 'deployment/im-api');
  await release.kubectl('rollout', 'status', 'deployment/im-api', '--timeout=300s');
  await pause(40_000); // until the last of the old replicas has drained
  const figures = await load.stop();
  const after = await release.json('get', 'secret', 'im');
  if (JSON.stringify(before.data) !== JSON.stringify(after.data)) {
    throw new Error('The upgrade changed the secrets.');
  }
  if (load.failures.length > 0 || workers.length !== 4) {
    throw new Error(`${workers.length} workers; ${figures}\n${load.failures.slice(0, 20).join('\n')}`);
  }
  return figures;
}

/** The worker that launches machines of a large infrastructure is killed; each machine is there once all the same. */
async function kill(cluster, release) {
  const client = new ServiceClient(await release.url());
  const workers = await release.pods('worker');
  const launched = () =>
    sumByWorker(workers, /^im_cloud_calls_total\{cloud="Dummy",method="launch".*\} (\d+)/gm);
  const before = await launched();
  const path = await client.create(MACHINES, { asynchronous: true });
  const since = async () => (await launched()).map((count, index) => count - before[index]);
  let launches = await since();
  while (Math.max(...launches) < MACHINES / 10) {
    launches = await since();
  }
  const victim = workers[launches.indexOf(Math.max(...launches))];
  await cluster.kill(victim.container);
  const began = performance.now();
  const live = await countOf(release, path, `vm WHERE status = 'live'`);
  await release.kubectl('delete', 'pod', victim.name, '--grace-period=0', '--force', '--wait=false');
  if (live >= MACHINES) {
    throw new Error('All machines were launched before the worker was killed.');
  }
  await client.becomes(path, 'configured', 300_000);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const machines = await countOf(release, path, `vm WHERE status = 'live'`);
  const different = await countOf(release, path, `vm WHERE status = 'live'`, 'DISTINCT provider_id');
  const rows = await countOf(release, path, `cloud_resource WHERE kind = 'machine' AND state = 'present'`);
  if ([machines, different, rows].some((count) => count !== MACHINES)) {
    throw new Error(
      `${machines} machines, ${different} different ones, ${rows} in the ledger, not ${MACHINES}.`,
    );
  }
  await client.destroy(path);
  return `killed with ${live} of ${MACHINES} machines launched; all configured, each once, ${seconds} s later`;
}

/** Number of rows of an infrastructure. */
async function countOf(release, path, tableAndCondition, what = '*') {
  const id = path.split('/').at(-1);
  const [[count]] = await release.sql(
    `SELECT COUNT(${what}) FROM ${tableAndCondition} AND infrastructure_id = '${id}'`,
  );
  return Number(count);
}

/** Nothing stays but the volume, and no operation is under way before. */
async function uninstall(cluster, release) {
  const limit = Date.now() + 30_000;
  let wrong = await release.leftBehind();
  while (wrong.length > 0 && Date.now() < limit) {
    await pause(1_000);
    wrong = await release.leftBehind();
  }
  if (wrong.length > 0) {
    throw new Error(wrong.join('; '));
  }
  await cluster.helm('uninstall', 'im', '-n', release.namespace, '--wait', '--timeout', '5m');
  const left = await everythingOf(cluster, release.namespace);
  const volumes = left.filter((name) => name.startsWith('persistentvolumeclaim/'));
  const others = left.filter((name) => !volumes.includes(name));
  if (others.length > 0 || volumes.length !== 1) {
    throw new Error(`There are still ${left.join(', ')}`);
  }
  await cluster.kubectl('delete', 'namespace', release.namespace);
  return `left was ${volumes.join(', ')}`;
}

/** Names of all objects of a namespace, but for those that every namespace has, what was told of the past, and pods that are ending. */
async function everythingOf(cluster, namespace) {
  const kinds = await cluster.kubectl('api-resources', '--namespaced', '--verbs=list', '-o', 'name');
  const wanted = kinds.split('\n').filter((kind) => kind !== '' && !/^events/.test(kind));
  const limit = Date.now() + 150_000;
  for (;;) {
    const names = await cluster.kubectl(
      'get',
      wanted.join(','),
      '-n',
      namespace,
      '-o',
      'name',
      '--ignore-not-found',
    );
    const left = names
      .split('\n')
      .filter((line) => /^\S+\/\S+$/.test(line)) // other lines are warnings
      .filter((name) => !/^(configmap\/kube-root-ca\.crt|serviceaccount\/default)$/.test(name));
    if (Date.now() > limit || !left.some((name) => name.startsWith('pod/'))) {
      return left;
    }
    await pause(1_000);
  }
}

/** Sums what the metrics of each worker say of something. */
function sumByWorker(workers, pattern) {
  return sumByMetrics(workers, 8801, pattern);
}

function sumByMetrics(pods, port, pattern) {
  return Promise.all(
    pods.map(async ({ address }) => {
      const metrics = await (await fetch(`http://${address}:${port}/metrics`)).text();
      return [...metrics.matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0);
    }),
  );
}
