import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { run } from '../setup/run.mjs';
import { findProgram } from './installed.mjs';

/** Debian packages the tests on real machines need, by a program or file each brings. */
const NEEDED = [
  { package: 'ansible', programs: ['ansible-playbook'], for: 'contextualization' },
  { package: 'docker.io', programs: ['dockerd'], for: 'the Docker connector' },
  { package: 'debootstrap', programs: ['debootstrap'], for: 'the image of the test machines' },
  { package: 'openssh-server', programs: ['sshd'], for: 'static hosts' },
  { package: 'openssh-client', programs: ['ssh'], for: 'Ansible' },
  { package: 'iproute2', programs: ['ip'], for: 'the network of static hosts' },
  { package: 'iptables', programs: ['iptables'], for: 'the network of Docker' },
  { package: 'sshpass', programs: ['sshpass'], for: 'Ansible with passwords' },
  { package: 'python3-venv', file: 'ensurepip', programs: ['python3'], for: 'the command line client' },
  { package: 'haproxy', programs: ['haproxy'], for: 'the load balancer' },
  { package: 'redis-server', programs: ['redis-server'], for: 'the queue of the cluster' },
];

const MARIADB = { package: 'mariadb-server', programs: ['mariadbd', 'mysqld'], for: 'the tests on MySQL' };

/**
 * Installs the Debian packages that the tests need and that are missing, as root; without root or apt-get it says what
 * is missing. No service is started by that.
 * @param {{ mariadb: boolean }} options whether a MariaDB is needed too
 */
export async function ensurePackages({ mariadb }) {
  const missing = [];
  for (const need of mariadb ? [...NEEDED, MARIADB] : NEEDED) {
    if (!(await isThere(need))) {
      missing.push(need);
    }
  }
  if (missing.length === 0) {
    return;
  }
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined) {
    console.error('Missing, and only root on Debian can have them installed here:');
    for (const need of missing) {
      console.error(`  ${need.package}: for ${need.for}`);
    }
    console.error('Tests that need them are skipped or fail.');
    return;
  }
  await install(missing.map((need) => need.package));
}

async function isThere(need) {
  const program = findProgram(...need.programs);
  if (program === undefined) {
    return false;
  }
  return (
    need.file === undefined ||
    (await run([program, '-c', `import ${need.file}`], { collect: true })).code === 0
  );
}

async function install(packages) {
  console.error(`Installing Debian packages: ${packages.join(', ')}...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await withoutStartingServices(async () => {
    for (const command of [
      ['apt-get', 'update', '-q'],
      ['apt-get', 'install', '-qy', '--no-install-recommends', ...packages],
    ]) {
      const { code, output } = await run(command, { collect: true, env });
      if (code !== 0) {
        console.error(output.split('\n').slice(-15).join('\n'));
        console.error(
          `${command.slice(0, 2).join(' ')} failed; tests that need these packages are skipped or fail.`,
        );
        return;
      }
    }
  });
}

/** Debian asks this script before a package starts its service; 101 means no. */
async function withoutStartingServices(work) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) {
    await work();
    return;
  }
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    rmSync(policy, { force: true });
  }
}
