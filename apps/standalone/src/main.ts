import { readFileSync } from 'node:fs';
import type { LoadedConfig } from '@im/config';
import { ConfigError, loadConfig, readTextFile, renderConfig } from '@im/config';
import { StartError } from './start-error.js';

/** Version of the service, from its package. */
function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

function readConfiguration(argv: readonly string[]): LoadedConfig {
  const { env } = process;
  return loadConfig({
    env,
    readFile: readTextFile,
    profile: env['IM_PROFILE'] === 'local' ? 'local' : 'packaged',
    argv,
  });
}

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--version')) {
    process.stdout.write(`IM ${version()}\n`);
    return;
  }
  const loaded = readConfiguration(argv);
  if (argv[0] === 'config') {
    process.stdout.write(renderConfig(loaded));
    return;
  }
  // Loaded only now, so that the commands above answer at once.
  const [{ runService }, { listen }, { contextualize }] = await Promise.all([
    import('./run-service.js'),
    import('./listen.js'),
    import('./contextualize.js'),
  ]);
  await runService(loaded, version(), { contextualize, listen });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const foreseen = error instanceof ConfigError || error instanceof StartError;
  const text = error instanceof Error && !foreseen ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${foreseen ? error.message : text}\n`);
  process.exit(error instanceof StartError ? error.exitCode : 1);
}
