import { readFileSync } from 'node:fs';
import type { LoadedConfig } from '@im/config';
import { ConfigError, loadConfig, readTextFile, renderConfig } from '@im/config';
import type { LogDestination } from '@im/observability';
import { createLogger } from '@im/observability';
import { leakReport } from './leaks.js';
import { migrate } from './migrate.js';
import { serve } from './serve.js';
import { StartError } from './start-error.js';
import type { RunningService, Surroundings } from './surroundings.js';

/** One of the entry points of the service. */
export interface Program {
  /** URL of its package.json, which holds the version. */
  manifest: URL;
  /** Starts to serve. @throws StartError when it cannot */
  start(surroundings: Surroundings, loaded: LoadedConfig): Promise<RunningService>;
}

/**
 * The `main` of every entry point: `--version`, `config` (prints the configuration), `migrate` (brings the database up to date),
 * `leaks` (prints what is left behind at clouds; with `--json` for machines), or without a command serves until a signal comes. Errors end the process with one sentence and the exit code of the error.
 */
export async function runMain(program: Program, argv: readonly string[]): Promise<void> {
  try {
    await run(program, argv);
  } catch (error) {
    const foreseen = error instanceof ConfigError || error instanceof StartError;
    const text = error instanceof Error && !foreseen ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${foreseen ? error.message : text}\n`);
    process.exit(error instanceof StartError ? error.exitCode : 1);
  }
}

async function run(program: Program, argv: readonly string[]): Promise<void> {
  const version = versionIn(program.manifest);
  if (argv.includes('--version')) {
    process.stdout.write(`IM ${version}\n`);
    return;
  }
  const json = argv[0] === 'leaks' && argv.includes('--json');
  const loaded = readConfiguration(json ? argv.filter((argument) => argument !== '--json') : argv);
  if (argv[0] === 'config') {
    process.stdout.write(renderConfig(loaded));
    return;
  }
  const { config } = loaded;
  const secrets = [config.ENCRYPTION_KEY];
  if (argv[0] === 'leaks') {
    // The standard output is the report's.
    const logger = createLogger(config, { destination: standardError, secrets });
    process.stdout.write(await leakReport(config, logger, json));
    return;
  }
  const logger = createLogger(config, { terminal: process.stdout.isTTY, secrets });
  if (argv[0] === 'migrate') {
    await migrate(config, logger);
    return;
  }
  await serve({ config, logger, version }, loaded, program);
}

const standardError: LogDestination = {
  write: (line) => process.stderr.write(line),
  flush: () => undefined,
};

/** Version of the service, from its package. */
function versionIn(manifest: URL): string {
  const content: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof content === 'object' && content !== null && 'version' in content
    ? String(content.version)
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
