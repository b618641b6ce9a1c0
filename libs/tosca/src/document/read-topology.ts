import { buildTopology } from '../topology/build-topology.js';
import type { Topology } from '../topology/topology.js';
import type { SourceDocument } from '../yaml/read-document.js';
import { readSourceDocument } from '../yaml/read-document.js';
import type { ToscaMap } from '../yaml/values.js';
import type { ToscaFiles } from './files.js';
import { expandTemplate } from './imported-template.js';
import { readImports } from './imports.js';
import type { InputSources } from './inputs.js';
import { generateInputs } from './inputs.js';
import type { TypeCache } from './type-cache.js';

/** What the reading of a document needs beside its text. */
export interface ReadOptions {
  files: ToscaFiles;
  cache: TypeCache;
  inputs: InputSources;
  /** Address that templates must come from; undefined: anywhere (spec: tosca.md 4). */
  templateRepository?: string;
}

/** A document that was read. */
export interface ReadTopology {
  topology: Topology;
  /** Values made for inputs, to be kept beside the document (spec: tosca.md 3). */
  generatedInputs: ReadonlyMap<string, string>;
}

/**
 * Reads a document that a user sent: YAML, the template it imports, its types, and checks it all.
 * @throws ToscaError that names everything that is wrong with it
 */
export async function readTopology(text: string, options: ReadOptions): Promise<ReadTopology> {
  const source = readSourceDocument(text);
  const { files, cache, templateRepository: repository } = options;
  const document = await expandTemplate(source.root, {
    files,
    cache,
    repository,
    positionOf: source.positionOf,
  });
  return topologyOf(document, options, source.positionOf);
}

/**
 * Links and checks a document that is kept, or was merged of a kept and a sent one (spec: tosca.md 9).
 * @param positionOf where its values stand, when it was sent as a text
 * @throws ToscaError
 */
export async function topologyOf(
  document: ToscaMap,
  options: ReadOptions,
  positionOf: SourceDocument['positionOf'] = () => undefined,
): Promise<ReadTopology> {
  const imported = await readImports(document, options.files, options.cache, positionOf);
  const library = options.cache.library(imported).with(document);
  const generatedInputs = generateInputs(document, options.inputs);
  return { topology: buildTopology({ document, positionOf, library, generatedInputs }), generatedInputs };
}
