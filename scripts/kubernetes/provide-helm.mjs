import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from '../setup/paths.mjs';
import { run } from '../setup/run.mjs';
import { findProgram } from '../test/installed.mjs';

/** Where scripts for a cluster on this machine are, when they are there. */
export const clusterTools = inProject('../shared/tools/kubernetes');

/**
 * Helm: the one of PATH, else one that ../shared/tools/kubernetes/helm-up builds, which needs Go and takes a minute or two the first time.
 * @returns {Promise<{ helm: string } | { reason: string }>} its path, or why there is none
 */
export async function provideHelm() {
  const installed = findProgram('helm');
  if (installed !== undefined) {
    return { helm: installed };
  }
  const helmUp = join(clusterTools, 'helm-up');
  if (!existsSync(helmUp)) {
    return { reason: 'helm is not installed' };
  }
  const { code, output } = await run([helmUp], { collect: true });
  const helm = join(output.trim().split('\n').at(-1) ?? '', 'helm');
  return code === 0 && existsSync(helm) ? { helm } : { reason: output.trim().split('\n').at(-1) };
}
