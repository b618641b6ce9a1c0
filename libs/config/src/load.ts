import { readArguments } from './arguments.js';
import { ConfigError } from './config-error.js';
import { readEnvironment } from './environment-source.js';
import { readConfigFiles } from './file-source.js';
import type { GivenValue } from './given-value.js';
import { addNotices, noteLoggingFile } from './notices.js';
import type { OptionDefinition } from './option.js';
import type { Config, OptionName } from './table.js';
import { allOptions, OPTIONS } from './table.js';
import { allowedValues, fitsOption, parseValue } from './values.js';

/** `local`: `npm start` on a developer's machine. `packaged`: the image and the packages, with the manual's defaults. */
export type ConfigProfile = 'local' | 'packaged';

/** Where the configuration comes from; nothing else is read. */
export interface ConfigInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives the text of a file, or undefined when there is none; throws when it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
  readonly profile: ConfigProfile;
  /** Arguments of the program; `--config FILE` reads one more file, over the usual ones. */
  readonly argv?: readonly string[];
}

/** The effective configuration, and how it came about. */
export interface LoadedConfig {
  readonly config: Config;
  /** Where each value comes from: `default`, a place in a file, or a variable. */
  readonly sources: Readonly<Record<string, string>>;
  /** Sentences for the log, each to be said once at start; they hold no secrets. */
  readonly notices: readonly string[];
  readonly profile: ConfigProfile;
}

/**
 * Reads every option: defaults < im.cfg files < environment. spec: configuration.md 1
 * @throws ConfigError with one sentence that names option, source and what is allowed.
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const notices: string[] = [];
  const { configFile } = readArguments(input.argv ?? []);
  const fromFiles = readConfigFiles(input.readFile, configFile, notices);
  const fromEnvironment = readEnvironment(input.env, input.readFile, notices);
  const given = new Map<string, GivenValue>([...fromFiles, ...fromEnvironment]);

  const values = new Map<string, unknown>();
  const sources: Record<string, string> = {};
  for (const [name, option] of allOptions()) {
    const found = given.get(name);
    values.set(
      name,
      found === undefined ? defaultOf(option, input.profile) : parseGiven(name, option, found),
    );
    sources[name] = found?.source ?? 'default';
  }
  restrictLocalAccess(values, given);
  for (const [name] of allOptions()) {
    values.set(name, fillIn(values.get(name), values, given.has(name)));
  }

  const config = toConfig(values);
  addNotices({ config, given }, notices);
  noteLoggingFile(input.readFile, notices);
  return { config, sources, notices, profile: input.profile };
}

function defaultOf(option: OptionDefinition, profile: ConfigProfile): unknown {
  return profile === 'local' && option.localDefault !== undefined ? option.localDefault : option.default;
}

function parseGiven(name: string, option: OptionDefinition, given: GivenValue): unknown {
  const parsed = parseValue(option, given.value);
  if (parsed.ok) {
    return parsed.value;
  }
  const shown =
    option.secrecy === 'none' ? ` is ${quote(given.value)}:` : ' has a value that cannot be used:';
  throw new ConfigError(`${name} from ${given.source}${shown} it must be ${allowedValues(option)}.`);
}

function quote(value: string): string {
  const shortened = value.length > 60 ? `${value.slice(0, 57)}...` : value;
  return value.trim() === '' ? 'blank' : JSON.stringify(shortened);
}

/** Options by which users reach the host of the service and its networks. */
const localAccess = [
  'ALLOW_LOCAL_PROVIDERS',
  'ALLOW_HOST_ACCESS',
  'TOSCA_ALLOW_PRIVATE_ADDRESSES',
] as const satisfies OptionName[];

/** What `npm start` lets its one user do to the host is not for users who come over the network. */
function restrictLocalAccess(values: Map<string, unknown>, given: ReadonlyMap<string, GivenValue>): void {
  const address = values.get('REST_ADDRESS');
  if (typeof address === 'string' && isLoopback(address)) {
    return;
  }
  for (const name of localAccess) {
    if (!given.has(name)) {
      values.set(name, OPTIONS[name].default);
    }
  }
}

function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(?:\.\d{1,3}){3}$/u.test(address);
}

/** Replaces `${NAME}` in a default by the value of that option; defaults refer only to options without references. */
function fillIn(value: unknown, values: ReadonlyMap<string, unknown>, given: boolean): unknown {
  if (given || typeof value !== 'string') {
    return value;
  }
  return value.replace(/\$\{(\w+)\}/gu, (_, name: string) => String(values.get(name)));
}

function toConfig(values: ReadonlyMap<string, unknown>): Config {
  const config: unknown = Object.freeze(Object.fromEntries(values));
  assertConfig(config);
  return config;
}

function assertConfig(values: unknown): asserts values is Config {
  for (const [name, option] of allOptions()) {
    const value: unknown = Reflect.get(Object(values) as object, name);
    if (!fitsOption(option, value)) {
      throw new ConfigError(`${name} has a default that does not fit its type.`);
    }
  }
}
