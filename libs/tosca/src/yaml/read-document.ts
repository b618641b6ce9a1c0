import type { Position } from '@im/radl';
import { composeYaml, YamlProblem } from '@im/radl';
import type { Document } from 'yaml';
import { isCollection, isPair, isScalar, isMap as isYamlMap, LineCounter } from 'yaml';
import { ToscaError } from '../tosca-error.js';
import { checkAliases } from './aliases.js';
import { yaml11Tags } from './tags.js';
import type { Path, ToscaMap, ToscaValue } from './values.js';
import { DecimalNumber } from './values.js';

/** Values that a document may hold once its aliases are followed: a small text must not grow without bounds. */
const maxValues = 2_000_000;

/** Characters of one document. The largest published types have a tenth of it. */
const longest = 2 * 2 ** 20;

/** A document with the places of its values. */
export interface SourceDocument {
  root: ToscaMap;
  /** Where the value at a path stands, or the nearest one above it that is known. Costly: for messages only. */
  positionOf(path: Path): Position | undefined;
  /** Keys that stand twice in one map, where the later one counts. */
  repeatedKeys(): { key: string; position: Position }[];
}

/**
 * Reads a document by the rules of YAML 1.1 (spec: tosca.md 1). An empty text is an empty document.
 * @throws ToscaError `yaml`
 */
export function readToscaYaml(text: string): ToscaMap {
  return readSourceDocument(text).root;
}

/** As `readToscaYaml`, with the places of all values. @throws ToscaError `yaml` */
export function readSourceDocument(text: string): SourceDocument {
  try {
    if (text.length > longest) {
      throw new YamlProblem(`The document is longer than ${longest} characters.`);
    }
    const document = composeYaml(text, { version: '1.1', merge: true, customTags: yaml11Tags });
    const value = document === undefined ? null : plainValue(document, text);
    if (value !== null && !(value instanceof Map)) {
      throw new YamlProblem('The document is not a map of sections.', 0);
    }
    return sourceOf(text, document, value ?? new Map<string, ToscaValue>());
  } catch (error) {
    if (error instanceof YamlProblem) {
      throw yamlError(text, error);
    }
    throw error;
  }
}

function plainValue(document: Document.Parsed, text: string): ToscaValue {
  if (text.includes('*')) {
    checkAliases(document);
  }
  let read: unknown;
  try {
    // Its own count of aliases looks through the whole document for each of them.
    read = document.toJS({ mapAsMap: true, maxAliasCount: -1 });
  } catch (error) {
    if (error instanceof ReferenceError || isMergeProblem(error)) {
      throw new YamlProblem(error.message);
    }
    throw error;
  }
  return new PlainValues().of(read).value;
}

/** The library has no class of its own for a merge of something that is no map. */
function isMergeProblem(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('Merge sources must be maps');
}

interface Sized {
  value: ToscaValue;
  size: number;
}

/** Turns what the YAML library gives into values whose keys are texts; what aliases share stays shared. */
class PlainValues {
  private readonly known = new Map<object, Sized | null>();

  of(read: unknown): Sized {
    if (typeof read !== 'object' || read === null || read instanceof DecimalNumber) {
      return { value: scalarOf(read), size: 1 };
    }
    const known = this.known.get(read);
    if (known === null) {
      throw new YamlProblem('An alias stands inside of what it names.');
    }
    if (known !== undefined) {
      return known;
    }
    this.known.set(read, null);
    const sized = read instanceof Map ? this.map(read) : this.list(Array.isArray(read) ? read : []);
    if (sized.size > maxValues) {
      throw new YamlProblem(`its aliases multiply each other: they make more than ${maxValues} values`);
    }
    this.known.set(read, sized);
    return sized;
  }

  private map(read: ReadonlyMap<unknown, unknown>): Sized {
    const value: ToscaMap = new Map();
    let size = 1;
    for (const [key, member] of read) {
      const sized = this.of(member);
      size += sized.size;
      value.set(keyText(key), sized.value);
    }
    return { value, size };
  }

  private list(read: readonly unknown[]): Sized {
    const members = read.map((member) => this.of(member));
    return {
      value: members.map((member) => member.value),
      size: members.reduce((sum, member) => sum + member.size, 1),
    };
  }
}

function scalarOf(read: unknown): ToscaValue {
  if (
    typeof read === 'string' ||
    typeof read === 'number' ||
    typeof read === 'boolean' ||
    read instanceof DecimalNumber
  ) {
    return read;
  }
  return typeof read === 'bigint' ? read.toString() : null;
}

function keyText(key: unknown): string {
  if (typeof key === 'object' && key !== null && !(key instanceof DecimalNumber)) {
    throw new YamlProblem('A key of a map is a list or a map.');
  }
  return typeof key === 'boolean' ? (key ? 'True' : 'False') : String(key);
}

function yamlError(text: string, problem: YamlProblem): ToscaError {
  const offset = problem.offset;
  const position = offset === undefined ? undefined : placeIn(linesOf(text), offset);
  return new ToscaError(
    'parse',
    [{ category: 'yaml', kind: 'YAMLError', message: problem.message, position }],
    {
      cause: problem,
    },
  );
}

function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lines.addNewLine(at + 1);
  }
  return lines;
}

function placeIn(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function sourceOf(text: string, document: Document.Parsed | undefined, root: ToscaMap): SourceDocument {
  let lines: LineCounter | undefined;
  const place = (offset: number): Position => {
    lines ??= linesOf(text);
    return placeIn(lines, offset);
  };
  return {
    root,
    positionOf(path) {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : place(offset);
    },
    repeatedKeys: () => repeatedKeys(document).map(({ key, offset }) => ({ key, position: place(offset) })),
  };
}

/** Offset of the key at a path, or of the value for a list index; of the nearest known one above when there is none. */
function offsetOf(document: Document.Parsed | undefined, path: Path): number | undefined {
  let node: unknown = document?.contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isYamlMap(node)) {
      const pair = node.items.findLast(
        (item) => isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair === undefined || !isScalar(pair.key)) {
        return offset;
      }
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isCollection(node) && typeof step === 'number') {
      node = node.items[step];
      offset = rangeStart(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return isScalar(node) || isCollection(node) ? node.range?.[0] : undefined;
}

function repeatedKeys(document: Document.Parsed | undefined): { key: string; offset: number }[] {
  const found: { key: string; offset: number }[] = [];
  const open: unknown[] = [document?.contents];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!isCollection(node)) {
      continue;
    }
    const seen = new Set<string>();
    for (const item of node.items) {
      if (!isPair(item)) {
        open.push(item);
        continue;
      }
      open.push(item.value);
      if (isScalar(item.key) && item.key.value !== '<<') {
        const key = String(item.key.value);
        if (seen.has(key)) {
          found.push({ key, offset: item.key.range?.[0] ?? 0 });
        }
        seen.add(key);
      }
    }
  }
  return found;
}
