import { ConfigError } from './config-error.js';

/** One option as it stands in a file, before interpolation. */
export interface RawEntry {
  /** Name in lower case: names are compared without regard to case. */
  readonly name: string;
  readonly value: string;
  /** Where it stands, for messages: `/etc/im/im.cfg, line 12`. */
  readonly place: string;
}

/** Sections of one or several files: section name -> option name in lower case -> entry. */
export type RawSections = Map<string, Map<string, RawEntry>>;

interface OpenEntry {
  readonly name: string;
  readonly place: string;
  readonly indent: number;
  readonly lines: string[];
}

const SECTION = /^\[([^\]]+)\]/u;
const OPTION = /^(.*?)\s*[=:]\s*(.*)$/su;

/**
 * Reads the text of an INI file by the rules of spec: configuration.md 1.1, without interpolation.
 * @throws ConfigError for a line that is neither, an option before the first section, or an option given twice.
 */
export function parseConfigFile(content: string, path: string): RawSections {
  const sections: RawSections = new Map();
  let section: Map<string, RawEntry> | undefined;
  let open: OpenEntry | undefined;

  const close = (): void => {
    if (open !== undefined && section !== undefined) {
      section.set(open.name, { name: open.name, value: open.lines.join('\n').trimEnd(), place: open.place });
    }
    open = undefined;
  };

  for (const [index, line] of content
    .replace(/^\uFEFF/u, '')
    .split(/\r?\n/u)
    .entries()) {
    const trimmed = line.trim();
    const place = `${path}, line ${String(index + 1)}`;
    if (trimmed.startsWith('#') || trimmed.startsWith(';')) {
      continue;
    }
    const indent = line.length - line.trimStart().length;
    if (open !== undefined && (trimmed === '' || indent > open.indent)) {
      open.lines.push(trimmed);
      continue;
    }
    if (trimmed === '') {
      continue;
    }
    close();
    const header = SECTION.exec(trimmed)?.[1];
    if (header !== undefined) {
      section = sections.get(header) ?? new Map<string, RawEntry>();
      sections.set(header, section);
      continue;
    }
    open = openEntry(trimmed, { place, indent, section });
  }
  close();
  return sections;
}

function openEntry(
  line: string,
  at: { place: string; indent: number; section: Map<string, RawEntry> | undefined },
): OpenEntry {
  const match = OPTION.exec(line);
  const name = match?.[1]?.trim().toLowerCase();
  if (match === null || name === undefined || name === '') {
    throw new ConfigError(`${at.place} is neither a [section] nor NAME = value.`);
  }
  if (at.section === undefined) {
    throw new ConfigError(`${at.place} gives ${name.toUpperCase()} before any section: write [im] above it.`);
  }
  const earlier = at.section.get(name);
  if (earlier !== undefined) {
    throw new ConfigError(
      `${at.place} gives ${name.toUpperCase()} a second time (first in ${earlier.place}): keep one of them.`,
    );
  }
  return { name, place: at.place, indent: at.indent, lines: [match[2] ?? ''] };
}

/** Lays the options of a later file over those of earlier ones, option by option. */
export function mergeSections(earlier: RawSections, later: RawSections): RawSections {
  const merged: RawSections = new Map([...earlier].map(([name, options]) => [name, new Map(options)]));
  for (const [name, options] of later) {
    merged.set(name, new Map([...(merged.get(name) ?? []), ...options]));
  }
  return merged;
}

/** What interpolation gives: the value, the names it referred to, and whether a lone % was taken literally. */
export interface Interpolated {
  readonly value: string;
  readonly references: readonly string[];
  readonly lonePercent: boolean;
}

const DEEPEST = 10;

/**
 * Replaces `%%` by a percent sign and `%(name)s` by another option of the section or of [DEFAULT]. A lone `%` stays.
 * @param visible options that may be referred to, by name in lower case
 * @throws ConfigError for a reference to an unknown option or one that refers to itself.
 */
export function interpolate(
  entry: RawEntry,
  visible: ReadonlyMap<string, RawEntry>,
  depth = 0,
): Interpolated {
  if (depth > DEEPEST) {
    throw new ConfigError(`${entry.place}: ${entry.name.toUpperCase()} refers to itself through %(...)s.`);
  }
  const references: string[] = [];
  let lonePercent = false;
  const value = entry.value.replace(/%(?:%|\(([^)]+)\)s)?/gu, (found, reference: string | undefined) => {
    if (found === '%%') {
      return '%';
    }
    if (reference === undefined) {
      lonePercent = true;
      return '%';
    }
    const target = visible.get(reference.toLowerCase());
    if (target === undefined) {
      throw new ConfigError(
        `${entry.place}: ${entry.name.toUpperCase()} refers to %(${reference})s, which its section and [DEFAULT] do not have.`,
      );
    }
    const inner = interpolate(target, visible, depth + 1);
    references.push(target.name, ...inner.references);
    lonePercent ||= inner.lonePercent;
    return inner.value;
  });
  return { value, references, lonePercent };
}
