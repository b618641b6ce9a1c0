import type { Position } from '@im/radl';
import { YamlProblem } from '@im/radl';
import type { Event } from 'js-yaml';
import { constructFromEvents, EVENT_ID, parseEvents, YAMLException } from 'js-yaml';
import { ToscaError } from '../tosca-error.js';
import { offsetOf, positionAt, startOf } from './places.js';
import type { Path, ToscaMap, ToscaValue } from './values.js';
import { valueOf, yaml11Schema } from './yaml11-schema.js';

/** Values that a document may hold once its aliases are followed: a small text must not grow without bounds. */
const maxValues = 2_000_000;

/** Characters of one document. The largest published types have a tenth of it. */
const longest = 2 * 2 ** 20;

/** Lists and maps inside each other. */
const maxNesting = 100;

const mostAliases = 2_000;

/** Keys that merges (`<<`) may copy. */
const mostMergedKeys = 500_000;

/** A document with the places of its values. */
export interface SourceDocument {
  root: ToscaMap;
  /** Where the value at a path stands, or the nearest one above it that is known. Costly: for messages only. */
  positionOf(path: Path): Position | undefined;
}

/**
 * @throws ToscaError `yaml`
 */
export function readToscaYaml(text: string): ToscaMap {
  return readSourceDocument(text).root;
}

/** As `readToscaYaml`, with the places of all values. @throws ToscaError `yaml` */
export function readSourceDocument(text: string): SourceDocument {
  try {
    const root = read(text);
    // Most documents have no mistake: the places are looked for when one is asked for.
    let events: readonly Event[] | undefined;
    return {
      root,
      positionOf: (path) => {
        events ??= eventsOf(text);
        const offset = offsetOf(text, events, path);
        return offset === undefined ? undefined : positionAt(text, offset);
      },
    };
  } catch (error) {
    if (error instanceof YamlProblem) {
      throw yamlError(text, error);
    }
    throw error;
  }
}

/**
 * Documents are read by js-yaml, five times faster than by the library that keeps recipes as they were written (libs/radl).
 * @throws YamlProblem
 */
function read(text: string): ToscaMap {
  if (text.length > longest) {
    throw new YamlProblem(`The document is longer than ${longest} characters.`);
  }
  const events = eventsOf(text);
  if (events.length === 0) {
    return new Map();
  }
  refuseFurtherDocuments(text, events);
  const value = construct(text, events);
  if (value === null) {
    return new Map();
  }
  if (!(value instanceof Map)) {
    throw new YamlProblem('The document is not a map of sections.', 0);
  }
  if (text.includes('*')) {
    new Sizes().of(value);
  }
  return value;
}

/** @throws YamlProblem */
function eventsOf(text: string): Event[] {
  return withProblems(() => parseEvents(text, { maxDepth: maxNesting }));
}

/** @throws YamlProblem */
function construct(text: string, events: Event[]): ToscaValue {
  return withProblems(() => {
    const [value] = constructFromEvents(events, {
      source: text,
      schema: yaml11Schema,
      // Of a key that stands twice the later one counts, as for PyYAML.
      json: true,
      maxAliases: mostAliases,
      maxTotalMergeKeys: mostMergedKeys,
    });
    return valueOf(value);
  });
}

function refuseFurtherDocuments(text: string, events: readonly Event[]): void {
  const second = events.findIndex((event, index) => index > 0 && event.type === EVENT_ID.DOCUMENT);
  if (second >= 0) {
    const content = startOf(events[second + 1]) ?? text.length;
    const marker = text.lastIndexOf('---', content);
    throw new YamlProblem('there is more than one document', marker < 0 ? content : marker);
  }
}

function withProblems<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    // The library may throw errors of other classes for odd texts, e.g. a RangeError.
    const problem =
      error instanceof YAMLException
        ? new YamlProblem(sentenceOf(error.reason), error.mark?.position)
        : new YamlProblem('The document cannot be read.');
    problem.cause = error;
    throw problem;
  }
}

/** In the words of the library, but for its limits, whose names say nothing to an author. */
function sentenceOf(reason: string): string {
  if (reason.startsWith('nesting exceeded')) {
    return `there are more than ${maxNesting} lists and maps inside each other`;
  }
  if (reason.startsWith('recursive alias')) {
    return 'An alias stands inside of what it names.';
  }
  if (reason.startsWith('cannot merge')) {
    return 'What is merged must be a map, or a list of maps.';
  }
  if (reason.startsWith('aliases exceeded')) {
    return `there are more than ${mostAliases} aliases`;
  }
  return reason.startsWith('merge keys exceeded')
    ? `its aliases multiply each other: merges copy more than ${mostMergedKeys} keys`
    : reason;
}

/** Counts what a document holds once its aliases are followed; what they share is counted once more for each of them. */
class Sizes {
  private readonly known = new Map<object, number>();

  /** @throws YamlProblem when there are too many */
  of(value: ToscaValue): number {
    if (!(value instanceof Map) && !Array.isArray(value)) {
      return 1;
    }
    const known = this.known.get(value);
    if (known !== undefined) {
      return known;
    }
    let size = 1;
    for (const member of value.values()) {
      size += this.of(member);
    }
    if (size > maxValues) {
      throw new YamlProblem(`its aliases multiply each other: they make more than ${maxValues} values`);
    }
    this.known.set(value, size);
    return size;
  }
}

function yamlError(text: string, problem: YamlProblem): ToscaError {
  const position = problem.offset === undefined ? undefined : positionAt(text, problem.offset);
  return new ToscaError(
    'parse',
    [{ category: 'yaml', kind: 'YAMLError', message: problem.message, position }],
    { cause: problem },
  );
}
