import type { TypeLibrary } from '../types/type-library.js';
import { checkDocument } from '../validation/check-document.js';
import { checkFunctions } from '../validation/check-functions.js';
import { checkHosts } from '../validation/check-hosts.js';
import { Problems } from '../validation/problems.js';
import { allowedWords, checkWords, sectionAt } from '../validation/sections.js';
import type { SourceDocument } from '../yaml/read-document.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, mapAt, textAt } from '../yaml/values.js';
import type { Build } from './build.js';
import { buildInputs } from './build-inputs.js';
import { buildNodes } from './build-nodes.js';
import { buildPolicies } from './build-policies.js';
import { buildRelationships } from './build-relationships.js';
import type { Repository, Topology } from './topology.js';

/** What a topology is built of. */
export interface TopologySource {
  /** The document as it is kept; with the places of its values when it was sent as a text. */
  document: ToscaMap;
  positionOf?: SourceDocument['positionOf'];
  library: TypeLibrary;
  /** Values made for inputs with a special default, by name (spec: tosca.md 3). */
  generatedInputs: ReadonlyMap<string, string>;
}

/**
 * Checks a document and links its parts: types, targets of requirements, policies (spec: tosca.md 2).
 * @throws ToscaError `parse` with every problem of the document
 */
export function buildTopology(source: TopologySource): Topology {
  const { document, library } = source;
  const problems = new Problems(source.positionOf ?? (() => undefined));
  const build: Build = { library, problems };
  checkDocument(document, build);
  const topologyPath = ['topology_template'];
  const template = mapAt(document, 'topology_template');
  const section = (key: string): ToscaMap =>
    sectionAt(template, key, `"${key}" of template`, topologyPath, problems);

  const inputs = buildInputs(section('inputs'), source.generatedInputs, build);
  const nodeSection = section('node_templates');
  const nodes = buildNodes(nodeSection, build);
  const relationships = buildRelationships(nodes, section('relationship_templates'), build);
  const policies = buildPolicies(template.get('policies') ?? null, section('groups'), nodes, build);
  const outputs = buildOutputs(section('outputs'), build);
  const topology: Topology = {
    document,
    library,
    inputs,
    nodes,
    relationships,
    policies,
    repositories: repositoriesOf(document),
    outputs,
    metadata: mapAt(document, 'metadata'),
  };
  checkHosts(topology, problems);
  checkFunctions(topology, problems);
  problems.throwIfAny();
  return topology;
}

function buildOutputs(section: ToscaMap, { problems }: Build): Map<string, ToscaValue> {
  const outputs = new Map<string, ToscaValue>();
  for (const [name, output] of section) {
    const path = ['topology_template', 'outputs', name];
    if (isMap(output)) {
      checkWords(output, allowedWords.output, `Output "${name}"`, path, problems);
    }
    const value = isMap(output) ? output.get('value') : undefined;
    if (value === undefined) {
      problems.missingField(`Output "${name}"`, 'value', path);
    } else {
      outputs.set(name, value);
    }
  }
  return outputs;
}

function repositoriesOf(document: ToscaMap): Map<string, Repository> {
  const repositories = new Map<string, Repository>();
  for (const [name, value] of mapAt(document, 'repositories')) {
    const url = isMap(value) ? textAt(value, 'url') : value;
    if (typeof url === 'string') {
      repositories.set(name, { name, url });
    }
  }
  return repositories;
}
