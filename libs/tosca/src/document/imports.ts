import type { Position } from '@im/radl';
import type { ToscaProblem } from '../tosca-error.js';
import { ToscaError } from '../tosca-error.js';
import { bundledImport } from '../types/bundled/index.js';
import type { TypeKind } from '../types/type-names.js';
import { typeKinds, typeSections } from '../types/type-names.js';
import type { Path, ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, mapAt, textAt, textOf } from '../yaml/values.js';
import type { ToscaFiles } from './files.js';
import { FileUnavailable } from './files.js';
import type { TypeCache } from './type-cache.js';

/** Documents that one document may import, with those that they import. */
const mostImports = 100;

/** How deep imports may import each other. */
const deepest = 20;

/** One element of an `imports` section. */
interface ImportEntry {
  name: string | undefined;
  file: string;
  repository: string | undefined;
  namespacePrefix: string | undefined;
  path: Path;
}

type PositionOf = (path: Path) => Position | undefined;

/**
 * Reads the imports of a document, and theirs. Local files are never read (spec: tosca.md 4).
 * @param positionOf where a path of the document stands, for messages
 * @returns imported documents, those that count less first: of imports of imports the one nearest to the document counts most
 * @throws ToscaError `import`
 */
export async function readImports(
  document: ToscaMap,
  files: ToscaFiles,
  cache: TypeCache,
  positionOf: PositionOf,
): Promise<ToscaMap[]> {
  return new ImportReader(files, cache).of(document, undefined, positionOf, []);
}

class ImportReader {
  private count = 0;

  constructor(
    private readonly files: ToscaFiles,
    private readonly cache: TypeCache,
  ) {}

  /**
   * @param base address of the document; undefined for the one that was sent
   * @param trail addresses that led here
   */
  async of(
    document: ToscaMap,
    base: string | undefined,
    positionOf: PositionOf,
    trail: readonly string[],
  ): Promise<ToscaMap[]> {
    const fail = (message: string, path: Path, kind: string, cause?: unknown): ToscaError =>
      importError({ category: 'import', kind, message, position: positionOf(path) }, cause);
    const entries = importEntries(document, fail);
    this.count += entries.length;
    if (this.count > mostImports) {
      throw fail(`More than ${mostImports} documents are imported.`, ['imports'], 'ImportError');
    }
    const parts = await Promise.all(
      entries.map(async (entry) => {
        const url = addressOf(entry, document, base, (message) => fail(message, entry.path, 'ImportError'));
        if (trail.includes(url)) {
          return [];
        }
        if (trail.length >= deepest) {
          throw fail(`Imports stand more than ${deepest} deep in each other.`, entry.path, 'ImportError');
        }
        const imported = await this.read(url, (message, kind, cause) =>
          fail(message, entry.path, kind, cause),
        );
        const nested = await Promise.all(
          imported.map((each) => this.of(each, url, () => positionOf(entry.path), [...trail, url])),
        );
        return [...nested.flat(), ...imported.map((each) => withPrefix(each, entry.namespacePrefix))];
      }),
    );
    return parts.flat();
  }

  /** The document at an address; the copy of the published types when the address cannot be reached (spec: tosca.md 12). */
  private async read(url: string, fail: ReadFailure): Promise<ToscaMap[]> {
    try {
      return [this.cache.document(await this.files.read(url))];
    } catch (error) {
      if (error instanceof ToscaError) {
        const [{ message, position }] = error.problems;
        const where = position === undefined ? '' : ` (line ${position.line} there)`;
        throw fail(`The document "${url}" is not valid YAML: ${message}${where}`, 'ImportError', error);
      }
      if (!(error instanceof FileUnavailable)) {
        throw error;
      }
      const copies = bundledImport(url);
      if (copies === undefined) {
        throw fail(`Failed to reach server "${url}". Reason is: ${error.reason}.`, 'URLException', error);
      }
      return copies.map((text) => this.cache.document(text));
    }
  }
}

type ReadFailure = (message: string, kind: string, cause: unknown) => ToscaError;

function importError(problem: ToscaProblem, cause: unknown): ToscaError {
  return new ToscaError('parse', [problem], { cause });
}

type Fail = (message: string, path: Path, kind: string) => ToscaError;

function importEntries(document: ToscaMap, fail: Fail): ImportEntry[] {
  const section = document.get('imports') ?? [];
  const items: ToscaValue[] = Array.isArray(section)
    ? section
    : isMap(section)
      ? [...section].map(([name, value]) => new Map([[name, value]]))
      : [section];
  const entries = items.map((item, index) => importEntry(item, ['imports', index], fail));
  const names = new Set<string>();
  for (const { name, path } of entries) {
    if (name !== undefined && name !== 'file' && names.has(name)) {
      throw fail(`Duplicate import name "${name}" was found.`, path, 'ValidationError');
    }
    names.add(name ?? '');
  }
  return entries;
}

function importEntry(item: ToscaValue, path: Path, fail: Fail): ImportEntry {
  const [[name, value] = [undefined, item]] =
    isMap(item) && !item.has('file') ? [...item] : [[undefined, item]];
  const long: ToscaMap = isMap(value) ? value : new Map([['file', value]]);
  const file = textAt(long, 'file');
  if (file === undefined || file === '') {
    throw fail(`An import needs a file: ${textOf(item)} has none.`, path, 'MissingRequiredFieldError');
  }
  return {
    name,
    file,
    repository: textAt(long, 'repository'),
    namespacePrefix: textAt(long, 'namespace_prefix'),
    path,
  };
}

/** The address of an import. @throws what `fail` makes, for anything but an address of the network */
function addressOf(
  entry: ImportEntry,
  document: ToscaMap,
  base: string | undefined,
  fail: (message: string) => ToscaError,
): string {
  const { file, repository } = entry;
  if (repository !== undefined) {
    const definition = mapAt(document, 'repositories').get(repository);
    const url = isMap(definition) ? textAt(definition, 'url') : definition;
    if (typeof url !== 'string') {
      throw fail(`Repository "${repository}" of the import "${file}" is not defined.`);
    }
    return `${url.replace(/\/$/, '')}/${file}`;
  }
  if (/^https?:\/\/[^/]/i.test(file)) {
    return file;
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(file)) {
    throw fail(`Only addresses with http and https can be imported, not "${file}".`);
  }
  if (base !== undefined && URL.canParse(file, base)) {
    return new URL(file, base).href;
  }
  throw fail(
    file.startsWith('/')
      ? `Absolute file name "${file}" cannot be used: files of the server are not read.`
      : `Relative file name "${file}" cannot be used in a pre-parsed input template.`,
  );
}

/** The document with a prefix and a point before the names of its types (spec: tosca.md 4). */
function withPrefix(document: ToscaMap, prefix: string | undefined): ToscaMap {
  if (prefix === undefined || prefix === '') {
    return document;
  }
  const renamed = (kind: TypeKind): [string, ToscaMap] => [
    typeSections[kind],
    new Map([...mapAt(document, typeSections[kind])].map(([name, type]) => [`${prefix}.${name}`, type])),
  ];
  return new Map<string, ToscaValue>([...document, ...typeKinds.map(renamed)]);
}
