import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../machines/run.js';

/** The published client that the service must work with. */
const release = 'im-client==1.8.4';

/** How the client is started: a Python of its own and the script it runs. */
export interface ImClient {
  python: string;
  script: string;
}

/**
 * The command line client as published on PyPI, in a virtual environment that is made once and kept in IM_TEST_CACHE, by default
 * ~/.cache/im-tests.
 * @returns null, after a line on stderr that says why, when there is no python3 with venv or no PyPI
 */
export async function provideImClient(): Promise<ImClient | null> {
  try {
    return await cachedClient();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `The tests of the command line client are left out: it takes python3, python3-venv and PyPI to install ${release}.\n${reason}\n`,
    );
    return null;
  }
}

async function cachedClient(): Promise<ImClient> {
  const version = (
    await run('python3', ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'])
  ).trim();
  const cache = process.env['IM_TEST_CACHE'] ?? join(homedir(), '.cache', 'im-tests');
  const folder = join(cache, `${release.replace('==', '-')}-python-${version}`);
  if (!existsSync(folder)) {
    await install(cache, folder);
  }
  return { python: join(folder, 'bin', 'python3'), script: join(folder, 'bin', 'im_client') };
}

/** Installs beside the final place and renames, so that an interrupted installation is never taken for a whole one. */
async function install(cache: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  try {
    await run('python3', ['-m', 'venv', unfinished]);
    await run(join(unfinished, 'bin', 'python3'), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      release,
    ]);
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
