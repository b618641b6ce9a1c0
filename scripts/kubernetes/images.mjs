import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inProject } from '../setup/paths.mjs';
import { run } from '../setup/run.mjs';
import { CommandError } from './cluster.mjs';

/** Changes with the recipes below, so that old files are not taken for new ones. */
const RECIPE = 1;
const cache = process.env.IM_TEST_CACHE ?? join(homedir(), '.cache', 'im-tests');
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
export const IMAGE = 'im.test/infrastructure-manager:test';

async function must(words, options = {}) {
  const { code, output } = await run(words, { collect: true, ...options });
  if (code !== 0) {
    throw new CommandError(`${words.slice(0, 4).join(' ')} ... ended with ${code}:\n${output.slice(-3000)}`);
  }
  return output;
}

/** A Debian root file system as a tar file, made once by debootstrap and kept. @returns its path */
async function rootFileSystem(name, packages, complete) {
  const archive = join(cache, `${name}-${RECIPE}.tar`);
  if (existsSync(archive)) {
    return archive;
  }
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'im-root-'));
  try {
    const root = join(folder, 'root');
    await must(['debootstrap', '--variant=minbase', `--include=${packages.join(',')}`, 'bookworm', root]);
    complete(root);
    for (const path of [
      'var/cache/apt',
      'var/lib/apt/lists',
      'usr/share/doc',
      'usr/share/locale',
      'usr/share/man',
    ]) {
      rmSync(join(root, path), { recursive: true, force: true });
      mkdirSync(join(root, path), { recursive: true });
    }
    await must(['tar', '--numeric-owner', '-cf', `${archive}.${process.pid}`, '-C', root, '.']);
    renameSync(`${archive}.${process.pid}`, archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return archive;
}

/** Debian with this Node.js, npm and the certificates of this machine: what the Dockerfile is told to build and run on. */
function nodeBase() {
  return rootFileSystem(`node-${process.versions.node}`, ['ca-certificates', 'libstdc++6'], (root) => {
    const npm =
      process.env.npm_execpath === undefined
        ? '/usr/lib/node_modules/npm'
        : dirname(dirname(process.env.npm_execpath));
    cpSync(process.execPath, join(root, 'usr/local/bin/node'));
    cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
    for (const name of ['npm', 'npx']) {
      symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name));
    }
    if (existsSync(CERTIFICATES)) {
      cpSync(CERTIFICATES, join(root, CERTIFICATES), { dereference: true });
    }
  });
}

/** MariaDB, Redis and HAProxy of Debian, one root file system for the three images. */
function serverBase() {
  return rootFileSystem('servers', ['mariadb-server', 'redis-server', 'haproxy'], (root) => {
    rmSync(join(root, 'var/lib/mysql'), { recursive: true, force: true });
    mkdirSync(join(root, 'var/lib/mysql'));
    mkdirSync(join(root, 'run/mysqld'), { recursive: true });
    cpSync(
      inProject('test/kubernetes/mariadb-entrypoint.sh'),
      join(root, 'usr/local/bin/mariadb-entrypoint.sh'),
    );
  });
}

/** Puts the images of the servers into the cluster, by the names of test/kubernetes/values.yaml. */
export async function importServerImages(cluster) {
  const archive = await serverBase();
  const entrypoint = '/bin/sh /usr/local/bin/mariadb-entrypoint.sh';
  await cluster.image('im.test/mariadb:debian', archive, '--entrypoint', entrypoint);
  await cluster.image('im.test/redis:debian', archive, '--cmd', 'redis-server');
  await cluster.image('im.test/haproxy:debian', archive, '--cmd', 'haproxy');
}

/** Runs the docker client against an engine. */
export function dockerOf(engine) {
  return (...words) =>
    must(['docker', '-H', engine.host, ...words], { env: { ...process.env, DOCKER_BUILDKIT: '0' } });
}

/** Builds deploy/Dockerfile on the base made here, as IMAGE. */
export async function buildServiceImage(docker) {
  const base = await nodeBase();
  await docker('import', '--change', `ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, base, 'im.test/node:base');
  const bases = ['NODE_IMAGE', 'RUNTIME_IMAGE'].flatMap((name) => [
    '--build-arg',
    `${name}=im.test/node:base`,
  ]);
  await docker(
    'build',
    '--network=host',
    ...bases,
    '-f',
    inProject('deploy/Dockerfile'),
    '-t',
    IMAGE,
    inProject(),
  );
}

/** Builds the image, with a Docker Engine of its own, and puts the image into the cluster. */
export async function importServiceImage(cluster) {
  const folder = mkdtempSync(join(tmpdir(), 'im-build-'));
  const engine = await startEngine(folder);
  try {
    const docker = dockerOf(engine);
    await buildServiceImage(docker);
    const archive = join(folder, 'image.tar');
    await docker('save', '-o', archive, IMAGE);
    await cluster.image(archive);
  } finally {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A Docker Engine of its own without a network (builds use the machine's). Its layers are kept from run to run, so that packages are
 * installed anew only when they have changed.
 */
export async function startEngine(folder) {
  const host = `unix://${folder}/docker.sock`;
  const log = openSync(join(folder, 'log'), 'w');
  const child = spawn(
    'dockerd',
    [
      `--host=${host}`,
      `--data-root=${join(cache, 'docker-build')}`,
      `--exec-root=${folder}/exec`,
      `--pidfile=${folder}/pid`,
      '--bridge=none',
      '--iptables=false',
      '--ip-forward=false',
    ],
    { stdio: ['ignore', log, log] },
  );
  closeSync(log);
  for (let tries = 0; tries < 300 && child.exitCode === null; tries++) {
    if ((await run(['docker', '-H', host, 'version'], { collect: true })).code === 0) {
      return {
        host,
        stop: async () => {
          const ended = once(child, 'exit');
          child.kill('SIGTERM');
          await ended;
          // The network namespace of builds, which the engine leaves mounted.
          await run(['umount', `${folder}/exec/netns/default`], { collect: true });
        },
      };
    }
    await pause(200);
  }
  child.kill('SIGKILL');
  throw new CommandError(`dockerd did not start:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`);
}
