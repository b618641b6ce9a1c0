// The files of deploy/, haproxy/ and docker-compose.yml, read by the programs they are for. What is not installed is skipped and said.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from './setup/paths.mjs';
import { run } from './setup/run.mjs';
import { findProgram } from './test/installed.mjs';

/** Every branch of the configuration of HAProxy. */
const PROXY_SETTINGS = {
  'without settings': {},
  'replicas by address, two proxies': {
    IM_API_1: '10.0.0.1:8800',
    IM_API_2: '10.0.0.2:8800',
    IM_API_6: '10.0.0.6:8800',
    IM_PROXY_NAME: 'proxy2',
    IM_PROXY_PEER_1: '127.0.0.1:8405',
    IM_PROXY_PEER_2: '127.0.0.1:8407',
  },
  'replicas by name': { IM_API_DNS: 'api:8800', IM_API_MAX: '20', IM_PROXY_METRICS: '127.0.0.1:8406' },
  'without stickiness, behind a proxy': {
    IM_PROXY_STICKY: 'off',
    IM_PROXY_BEHIND: '10.0.0.0/8 192.0.2.1',
    IM_PROXY_PREFIX: '/im',
  },
};

let failures = 0;

await checkProxy();
await checkCompose();
await checkPrometheus();
await checkUnits();
checkDashboards();
await expectSuccess('make-secrets.sh', ['sh', '-n', inProject('deploy/compose/make-secrets.sh')]);
process.exitCode = failures === 0 ? 0 : 1;

async function checkProxy() {
  const haproxy = findProgram('haproxy');
  if (haproxy === undefined) {
    skip('haproxy.cfg', 'haproxy');
    return;
  }
  for (const [name, settings] of Object.entries(PROXY_SETTINGS)) {
    await expectSuccess(
      `haproxy.cfg ${name}`,
      [haproxy, '-c', '-q', '-f', inProject('haproxy/haproxy.cfg')],
      settings,
      // A warning is a mistake here.
      (output) => !output.includes('[WARNING]'),
    );
  }
}

async function checkCompose() {
  const compose = await composeCommand();
  if (compose === undefined) {
    skip('docker-compose.yml', 'docker compose');
    return;
  }
  const command = [...compose, '-f', inProject('docker-compose.yml')];
  await expectSuccess('docker-compose.yml', [...command, 'config', '--quiet']);
  await expectSuccess('docker-compose.yml with observability', [
    ...command,
    '--profile',
    'observability',
    'config',
    '--quiet',
  ]);
}

async function composeCommand() {
  const docker = findProgram('docker');
  if (docker !== undefined && (await run([docker, 'compose', 'version'], { collect: true })).code === 0) {
    return [docker, 'compose'];
  }
  const program = findProgram('docker-compose');
  return program === undefined ? undefined : [program];
}

async function checkPrometheus() {
  const promtool = findProgram('promtool');
  if (promtool === undefined) {
    skip('alerts', 'promtool');
    return;
  }
  await expectSuccess('alerts', [promtool, 'check', 'rules', inProject('deploy/prometheus/alerts.yml')]);
  await expectSuccess('when alerts fire', [
    promtool,
    'test',
    'rules',
    inProject('deploy/prometheus/alerts.test.yml'),
  ]);
  await expectSuccess('prometheus.yml', [
    promtool,
    'check',
    'config',
    '--syntax-only',
    inProject('deploy/compose/prometheus.yml'),
  ]);
}

/** A template is checked as one of its instances. */
async function checkUnits() {
  const analyze = findProgram('systemd-analyze');
  if (analyze === undefined) {
    skip('systemd units', 'systemd-analyze');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'im-units-'));
  try {
    for (const name of readdirSync(inProject('deploy/systemd')).filter((each) => each.endsWith('.service'))) {
      const instance = join(folder, name.replace('@.', '@8811.'));
      const unit = readFileSync(inProject('deploy/systemd', name), 'utf8');
      // Where Node.js lies is a matter of the host.
      writeFileSync(instance, unit.replace('/usr/bin/node', process.execPath));
      await expectSuccess(name, [analyze, 'verify', '--man=no', instance], {}, (output) => output === '');
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkDashboards() {
  for (const name of readdirSync(inProject('deploy/grafana'))) {
    try {
      const { uid, title, panels } = JSON.parse(readFileSync(inProject('deploy/grafana', name), 'utf8'));
      report(name, uid !== undefined && title !== undefined && panels.length > 0, 'no dashboard');
    } catch (error) {
      report(name, false, error.message);
    }
  }
}

async function expectSuccess(name, command, env = {}, isFine = () => true) {
  const { code, output } = await run(command, { collect: true, env: { ...process.env, ...env } });
  report(name, code === 0 && isFine(output), output);
}

function report(name, fine, output) {
  console.log(`${fine ? 'ok     ' : 'FAILED '} ${name}`);
  if (!fine) {
    failures++;
    console.log(output);
  }
}

function skip(name, program) {
  console.log(`skipped ${name}: ${program} is not installed`);
}
