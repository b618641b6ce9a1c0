import { ConfigError } from './config-error.js';
import type { GivenValue } from './given-value.js';
import { nearestName } from './suggestion.js';
import { allOptions } from './table.js';

/**
 * The options given as `IM_<NAME>`, or in a file named by `IM_<NAME>_FILE`. spec: configuration.md 1.3
 * Where `<NAME>_FILE` is itself an option (LOG_FILE has none, ENCRYPTION_KEY_FILE is one) the option wins.
 * @param notices gets a sentence for each variable that looks like a mistyped one
 * @throws ConfigError when a variable and its _FILE are both given, or the file cannot be read.
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string | undefined,
  notices: string[],
): Map<string, GivenValue> {
  const given = new Map<string, GivenValue>();
  const known = new Set<string>();
  const options = allOptions();
  const ownVariables = new Set(options.map(([name]) => `IM_${name}`));

  for (const [name, option] of options) {
    for (const spelling of [...(option.aliases ?? []), name]) {
      const variable = `IM_${spelling}`;
      known.add(variable);
      const direct = env[variable];
      if (direct !== undefined) {
        given.set(name, { value: direct, source: `the environment variable ${variable}` });
      }
      const fileVariable = `${variable}_FILE`;
      if (ownVariables.has(fileVariable)) {
        continue;
      }
      known.add(fileVariable);
      const path = env[fileVariable];
      if (path !== undefined && path !== '') {
        if (direct !== undefined) {
          throw new ConfigError(`${variable} and ${fileVariable} are both set: keep one of them.`);
        }
        given.set(name, {
          value: readValueFile(readFile, fileVariable, path),
          source: `the file ${path} (${fileVariable})`,
        });
      }
    }
  }
  noteMistyped(env, known, notices);
  return given;
}

function readValueFile(
  readFile: (path: string) => string | undefined,
  variable: string,
  path: string,
): string {
  let content: string | undefined;
  try {
    content = readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`The file ${path}, given by ${variable}, cannot be read: ${reason}.`, { cause });
  }
  if (content === undefined) {
    throw new ConfigError(`The file ${path}, given by ${variable}, does not exist.`);
  }
  return content.replace(/\r?\n$/u, '');
}

/** Variables of other programs may begin with IM_ too, so only near misses are worth a line. */
function noteMistyped(
  env: Readonly<Record<string, string | undefined>>,
  known: ReadonlySet<string>,
  notices: string[],
): void {
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith('IM_') || known.has(variable) || env[variable] === undefined) {
      continue;
    }
    const nearest = nearestName(
      variable.slice(3),
      [...known].map((name) => name.slice(3)),
    );
    if (nearest !== undefined) {
      notices.push(`The environment variable ${variable} is no option. Did you mean IM_${nearest}?`);
    }
  }
}
