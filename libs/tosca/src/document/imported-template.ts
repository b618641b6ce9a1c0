import type { Position } from '@im/radl';
import { ToscaError } from '../tosca-error.js';
import type { Path, ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, mapAt, textAt } from '../yaml/values.js';
import type { ToscaFiles } from './files.js';
import { FileUnavailable } from './files.js';
import type { TypeCache } from './type-cache.js';

/** Where whole templates come from, and how they are read. */
export interface TemplateSource {
  files: ToscaFiles;
  cache: TypeCache;
  /** Address that every imported template must begin with (option OAIPMH_REPO_BASE_IDENTIFIER_URL); undefined: any. */
  repository: string | undefined;
  positionOf: (path: Path) => Position | undefined;
}

/**
 * The document with the template that it imports by `template_file` expanded: it keeps the inputs, outputs and nodes of the template, with
 * those of the document over them (spec: tosca.md 4). A document without one is given back as it is; when the service has a template repository
 * it is refused.
 * @throws ToscaError `repository`, `import`
 */
export async function expandTemplate(document: ToscaMap, source: TemplateSource): Promise<ToscaMap> {
  const name = templateFile(document);
  const { repository } = source;
  if (name === undefined) {
    if (repository !== undefined) {
      throw refused('repository', repositoryMessage(repository), source);
    }
    return document;
  }
  const url = addressOf(name, source);
  return merged(document, await readTemplate(url, source));
}

/** Name of the template that a document only adjusts. */
function templateFile(document: ToscaMap): string | undefined {
  const imports = document.get('imports');
  if (!document.has('tosca_definitions_version') || !Array.isArray(imports) || imports.length !== 1) {
    return undefined;
  }
  const [only] = imports;
  return isMap(only) ? textAt(only, 'template_file') : undefined;
}

function addressOf(name: string, source: TemplateSource): string {
  const { repository } = source;
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(name);
  if (repository === undefined) {
    if (!/^https?:\/\//i.test(name)) {
      throw refused(
        'import',
        `The template "${name}" must be given by an address with http or https.`,
        source,
      );
    }
    return name;
  }
  const base = repository.endsWith('/') ? repository : `${repository}/`;
  const address = hasScheme ? name : `${base}${name.replace(/^\/+/, '')}`;
  if (!isBelow(address, base)) {
    throw refused('repository', repositoryMessage(repository), source);
  }
  return address;
}

/** Whether an address begins with another, also when its `..` are followed. */
function isBelow(address: string, base: string): boolean {
  return (
    address.startsWith(base) &&
    URL.canParse(address) &&
    URL.canParse(base) &&
    new URL(address).href.startsWith(new URL(base).href)
  );
}

function repositoryMessage(repository: string): string {
  return `The TOSCA template must be imported from the TOSCA repository: ${repository}`;
}

async function readTemplate(url: string, source: TemplateSource): Promise<ToscaMap> {
  try {
    return source.cache.document(await source.files.read(url));
  } catch (error) {
    if (error instanceof FileUnavailable) {
      throw refused('import', `Failed to reach server "${url}". Reason is: ${error.reason}.`, source, error);
    }
    if (error instanceof ToscaError) {
      throw refused(
        'import',
        `The template "${url}" is not valid YAML: ${error.problems[0].message}`,
        source,
        error,
      );
    }
    throw error;
  }
}

function refused(
  category: 'import' | 'repository',
  message: string,
  source: TemplateSource,
  cause?: unknown,
): ToscaError {
  const position = source.positionOf(['imports', 0, 'template_file']);
  return new ToscaError('parse', [{ category, kind: 'ImportError', message, position }], { cause });
}

function merged(document: ToscaMap, template: ToscaMap): ToscaMap {
  const own = mapAt(document, 'topology_template');
  const imported = mapAt(template, 'topology_template');
  const result = new Map(document);
  const imports = template.get('imports');
  if (imports === undefined || imports === null) {
    result.delete('imports');
  } else {
    result.set('imports', imports);
  }
  const topology = new Map<string, ToscaValue>(own);
  topology.set('inputs', mergedInputs(mapAt(imported, 'inputs'), mapAt(own, 'inputs')));
  for (const section of ['outputs', 'node_templates']) {
    topology.set(section, new Map([...mapAt(imported, section), ...mapAt(own, section)]));
  }
  result.set('topology_template', topology);
  return result;
}

/** Of an input that the template has only the default is replaced: by that of a map, or by the value itself. */
function mergedInputs(imported: ToscaMap, own: ToscaMap): ToscaMap {
  const inputs = new Map(imported);
  for (const [name, given] of own) {
    const known = imported.get(name);
    const value = isMap(given) && isMap(known) && given.has('default') ? given.get('default') : given;
    if (value === null || value === undefined) {
      continue;
    }
    inputs.set(name, isMap(known) ? new Map([...known, ['default', value]]) : value);
  }
  return inputs;
}
