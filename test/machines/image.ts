import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.js';

/** Name of the machine image in the engine of the tests. */
export const testImage = 'im-test:1';

/** Changes with the recipe below, so that an old file is not taken for a new one. */
const recipe = 'bookworm-3';
const base = ['openssh-server', 'python3', 'sudo', 'iproute2', 'procps', 'ca-certificates'];
/** Ansible is present in the machines, as in the images that operators make. */
const later = ['ansible-core', 'sshpass', 'python3-jmespath'];

/**
 * A Debian with sshd, python3 and Ansible as a tar file, made once by debootstrap (which needs root and takes a minute) and kept in
 * IM_TEST_CACHE, by default ~/.cache/im-tests.
 */
export async function imageArchive(): Promise<string> {
  const cache = process.env['IM_TEST_CACHE'] ?? join(homedir(), '.cache', 'im-tests');
  const archive = join(cache, `${recipe}.tar`);
  if (existsSync(archive)) {
    return archive;
  }
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), 'im-image-'));
  try {
    const root = join(folder, 'root');
    await run('debootstrap', ['--variant=minbase', `--include=${base.join(',')}`, 'bookworm', root]);
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('chroot', [root, 'apt-get', 'update', '-q'], environment);
    await run(
      'chroot',
      [root, 'apt-get', 'install', '-y', '-q', '--no-install-recommends', ...later],
      environment,
    );
    await run('chroot', [root, 'apt-get', 'clean']);
    for (const path of [
      'var/lib/apt/lists',
      'usr/share/doc',
      'usr/share/locale',
      'usr/share/man',
      'etc/ssh/ssh_host_rsa_key',
    ]) {
      await rm(join(root, path), { recursive: true, force: true });
    }
    const unfinished = `${archive}.${process.pid}`;
    await run('tar', ['-cf', unfinished, '-C', root, '.']);
    await rename(unfinished, archive);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return archive;
}
