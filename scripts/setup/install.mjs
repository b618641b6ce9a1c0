import { existsSync, readFileSync } from 'node:fs';
import { inProject } from './paths.mjs';
import { run } from './run.mjs';

/**
 * Installs the packages of package-lock.json when some are missing or of another version. Development packages are
 * included: the compiler is one of them.
 */
export async function ensureInstalled() {
  if (isInstalled()) {
    return;
  }
  console.error('Installing packages (npm ci)...');
  const npm = process.env.npm_execpath;
  const command = npm === undefined ? ['npm'] : [process.execPath, npm];
  const { code } = await run([...command, 'ci', '--include=dev', '--no-audit', '--no-fund'], {
    stdout: 'stderr',
  });
  if (code !== 0) {
    console.error('npm ci failed: see the lines above. Is the npm registry reachable?');
    process.exit(1);
  }
}

/** npm keeps the list of what it installed inside node_modules; it is compared with the lock file. */
function isInstalled() {
  const listPath = inProject('node_modules/.package-lock.json');
  if (!existsSync(listPath)) {
    return false;
  }
  const wanted = JSON.parse(readFileSync(inProject('package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(listPath, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.optional || entry.devOptional || entry.peer) {
      return true;
    }
    return installed[path] !== undefined && installed[path].version === entry.version;
  });
}
