import { ConfigError } from './config-error.js';

/** What the arguments of the program say about the configuration. */
export interface ConfigArguments {
  /** File of `--config`, read after the usual ones. */
  readonly configFile?: string;
}

/**
 * Reads `--config FILE` or `--config=FILE`; words that are no options (commands such as `config`) are left alone.
 * @throws ConfigError for an unknown option or a missing file name.
 */
export function readArguments(argv: readonly string[]): ConfigArguments {
  let configFile: string | undefined;
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    if (!argument.startsWith('-')) {
      continue;
    }
    const [name, inline] = argument.split(/=(.*)/su, 2);
    if (name !== '--config') {
      throw new ConfigError(`${argument} is not an argument of this program: it takes --config FILE.`);
    }
    configFile = inline ?? argv[(index += 1)];
    if (configFile === undefined || configFile === '') {
      throw new ConfigError('--config needs the name of a file.');
    }
  }
  return configFile === undefined ? {} : { configFile };
}
