import { ConfigError } from './config-error.js';
import type { RawEntry, RawSections } from './config-file.js';
import { interpolate, mergeSections, parseConfigFile } from './config-file.js';
import type { GivenValue } from './given-value.js';
import type { OptionSection } from './option.js';
import { nearestName } from './suggestion.js';
import { allOptions, nameInFile } from './table.js';

/** Read in this order, later ones win option by option; missing ones are passed over. spec: configuration.md 1 */
export const CONFIG_FILES = ['im.cfg', 'etc/im.cfg', '/etc/im/im.cfg'] as const;

type ReadFile = (path: string) => string | undefined;

/**
 * The options given in im.cfg files.
 * @param explicit a file that must be there, read last
 * @param notices gets a sentence for each unknown section or option and each lone percent sign
 * @throws ConfigError for a file that cannot be read or parsed.
 */
export function readConfigFiles(
  readFile: ReadFile,
  explicit: string | undefined,
  notices: string[],
): Map<string, GivenValue> {
  let sections: RawSections = new Map();
  for (const path of explicit === undefined ? CONFIG_FILES : [...CONFIG_FILES, explicit]) {
    const content = readOrExplain(readFile, path);
    if (content !== undefined) {
      sections = mergeSections(sections, parseConfigFile(content, path));
    } else if (path === explicit) {
      throw new ConfigError(`${path}, given with --config, does not exist.`);
    }
  }

  const given = new Map<string, GivenValue>();
  const defaults = sections.get('DEFAULT') ?? new Map<string, RawEntry>();
  const referred = new Set<string>();
  const unknown: { entry: RawEntry; section: OptionSection }[] = [];
  for (const section of ['im', 'OpenNebula'] satisfies OptionSection[]) {
    const own = sections.get(section) ?? new Map<string, RawEntry>();
    const visible = new Map([...defaults, ...own]);
    const names = namesOfSection(section);
    for (const entry of (section === 'im' ? visible : own).values()) {
      const name = names.get(entry.name);
      if (name === undefined) {
        unknown.push({ entry, section });
        continue;
      }
      const { value, references, lonePercent } = interpolate(entry, visible);
      for (const reference of references) {
        referred.add(reference);
      }
      if (lonePercent) {
        notices.push(`${name} (${entry.place}) has a lone % that is taken as it is; write %% to be exact.`);
      }
      given.set(name, { value, source: entry.place });
    }
  }
  for (const { entry, section } of unknown) {
    if (!referred.has(entry.name)) {
      notices.push(unknownOption(entry, section));
    }
  }
  noteUnknownSections(sections, notices);
  return given;
}

function readOrExplain(readFile: ReadFile, path: string): string | undefined {
  try {
    return readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`The configuration file ${path} cannot be read: ${reason}.`, { cause });
  }
}

/** Names and aliases of a section, in lower case -> name of the option. */
function namesOfSection(section: OptionSection): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, option] of allOptions()) {
    if (option.section === section) {
      for (const spelling of [nameInFile(name, option), ...(option.aliases ?? [])]) {
        names.set(spelling.toLowerCase(), name);
      }
    }
  }
  return names;
}

function unknownOption(entry: RawEntry, section: OptionSection): string {
  const nearest = nearestName(entry.name, [...namesOfSection(section).keys()]);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest.toUpperCase()}?`;
  return `Unknown option in the IM config file. Ignoring it: ${entry.name.toUpperCase()} (${entry.place}).${hint}`;
}

function noteUnknownSections(sections: RawSections, notices: string[]): void {
  const known = ['im', 'OpenNebula', 'DEFAULT'];
  for (const name of sections.keys()) {
    if (!known.includes(name)) {
      const nearest = nearestName(name, known);
      const hint = nearest === undefined ? '' : ` Did you mean [${nearest}]?`;
      notices.push(`Unknown section in the IM config file. Ignoring it: [${name}].${hint}`);
    }
  }
}
