import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inProject } from '../setup/paths.mjs';

/** As deep below the project as the original, which finds the suite by a relative path. */
const compiled = inProject('node_modules/.cache/rest-suite.mjs');

/**
 * Runs the REST conformance suite against a service, as test/conformance does.
 * @returns {Promise<{ passed: number, failed: string[] } | undefined>} undefined where there is no suite
 */
export async function runConformance(base) {
  const { transformFile } = await import('@swc/core');
  const { code } = await transformFile(inProject('test/conformance/rest-suite.ts'), {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  });
  mkdirSync(dirname(compiled), { recursive: true });
  writeFileSync(compiled, code);
  const { runSuite, suiteIsPresent } = await import(pathToFileURL(compiled).href);
  if (!suiteIsPresent) {
    return undefined;
  }
  return runSuite(base, true);
}
