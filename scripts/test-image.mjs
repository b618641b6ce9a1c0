// npm run test:image: builds deploy/Dockerfile on a base made here (root, dockerd and debootstrap are needed, no registry of images) and
// runs the image as it is meant to be run: without a shell's help, read-only, without rights, not as root.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildServiceImage, dockerOf, IMAGE, startEngine } from './kubernetes/images.mjs';
import { freePort } from './setup/free-port.mjs';

const UID = '10001';
const LIMIT_MS = 60_000;
/** What the image may add to its base, in bytes. */
const LARGEST = 200e6;

const AUTHORIZATION =
  'id = im; type = InfrastructureManager; username = ada; password = ada-pass\\nid = dummy; type = Dummy';
const RADL = `network net (outbound = 'yes')
system node (cpu.count >= 1 and net_interface.0.connection = 'net' and disk.0.os.name = 'linux' and disk.0.image.url = 'mock0://linux')
contextualize ()
deploy node 1`;

let failed = 0;
const folder = mkdtempSync(join(tmpdir(), 'im-image-test-'));
const engine = await startEngine(folder);
const docker = dockerOf(engine);
const begin = performance.now();
try {
  await buildServiceImage(docker);
  console.log(`built in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  await checkContents();
  await checkCommands();
  await checkService();
} finally {
  await docker('volume', 'rm', '-f', 'im-image-test').catch(() => undefined);
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

async function checkContents() {
  const [{ Config, Size }] = JSON.parse(await docker('image', 'inspect', IMAGE));
  const [base] = JSON.parse(await docker('image', 'inspect', 'im.test/node:base'));
  check('runs as a user of its own', Config.User === `${UID}:${UID}`, Config.User);
  check('tells its title', Config.Labels['org.opencontainers.image.title'] === 'infrastructure-manager');
  check('has a health check', Config.Healthcheck?.Test?.length > 1);
  const added = Size - base.Size;
  check(`adds ${(added / 1e6).toFixed(0)} MB to its base`, added < LARGEST, `limit ${LARGEST / 1e6} MB`);
  const files = await inImage(
    'node',
    '-e',
    "console.log(require('fs').readdirSync('/opt/im', { recursive: true }).join('\\n'))",
  );
  const names = files.split('\n');
  check('holds no sources, tests or compilers', !names.some(isSource), names.filter(isSource).join(' '));
}

/** Of the project itself; packages may bring what they like, but for those that only development needs. */
function isSource(path) {
  return path.startsWith('node_modules/')
    ? /^node_modules\/(typescript|vitest|eslint|knip)$/.test(path)
    : /\.spec\.|\.ts$/.test(path) && !path.includes('/node_modules/');
}

async function checkCommands() {
  const version = await command('standalone', '--version');
  check('tells its version', /^IM \d+\.\d+\.\d+$/m.test(version), version);
  for (const kind of ['api', 'worker']) {
    const shown = await command(kind, 'config');
    check(`${kind} is in it`, shown.includes('DATA_DIR = /var/lib/im '), shown.slice(0, 300));
  }
  const refused = await command('nonsense').catch((error) => error.message);
  check('refuses what it does not know', refused.includes('not "nonsense"'), refused);
}

async function checkService() {
  const port = await freePort();
  const id = (
    await docker(
      'run',
      '--detach',
      '--read-only',
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges',
      '--tmpfs=/tmp',
      '--volume=im-image-test:/var/lib/im',
      '--network=host',
      '--env=IM_REST_ADDRESS=127.0.0.1',
      `--env=IM_REST_PORT=${port}`,
      '--health-interval=1s',
      IMAGE,
    )
  ).trim();
  try {
    const url = `http://127.0.0.1:${port}`;
    const version = await until(() => textOf(`${url}/version`), Boolean);
    check('answers', version !== '', await docker('logs', id));
    const [{ State }] = JSON.parse(await docker('inspect', id));
    const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${State.Pid}/status`, 'utf8'))?.[1];
    check('is not root', uid === UID, `its uid is ${uid}`);
    const health = await until(
      async () => JSON.parse(await docker('inspect', id))[0].State.Health.Status,
      (status) => status === 'healthy',
    );
    check('is healthy', health === 'healthy', health);
    const created = await textOf(`${url}/infrastructures`, { method: 'POST', body: RADL });
    const state = await until(
      () => textOf(`${created}/state`),
      (text) => text.includes('"state":"configured"'),
    );
    check('deploys', state.includes('configured'), `${created} ${state}`);
    await docker('stop', '--time=30', id);
    const [stopped] = JSON.parse(await docker('inspect', id));
    check('stops in order', stopped.State.ExitCode === 0, `exit code ${stopped.State.ExitCode}`);
    await docker('start', id);
    const again = await until(() => textOf(`${created}/state`), Boolean);
    check('keeps its data', again.includes('configured'), again);
  } finally {
    await docker('rm', '--force', id);
  }
}

/** Output of the image with a command. */
function command(...words) {
  return docker('run', '--rm', '--read-only', '--network=none', IMAGE, ...words);
}

/** Output of a program in the image. */
function inImage(program, ...args) {
  return docker('run', '--rm', '--read-only', '--network=none', '--entrypoint', program, IMAGE, ...args);
}

/** Body of a good answer, else blank. */
async function textOf(url, init = {}) {
  const headers = { authorization: AUTHORIZATION, 'content-type': 'text/plain', accept: '*/*' };
  return fetch(url, { ...init, headers }).then(
    async (answer) => (answer.ok ? (await answer.text()).trim() : ''),
    () => '',
  );
}

async function until(ask, isWanted) {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer) || performance.now() > end) {
      return answer;
    }
    await pause(200);
  }
}

function check(name, fine, detail = '') {
  console.log(`${fine ? 'ok     ' : 'FAILED '} ${name}`);
  if (!fine) {
    failed++;
    console.log(detail);
  }
}
