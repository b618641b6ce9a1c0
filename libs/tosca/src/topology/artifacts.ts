import { translationError } from '../tosca-error.js';
import type { ArtifactDefinition } from '../types/definitions.js';
import { readArtifacts } from '../types/definitions.js';
import { nodeTypeLine, typeLine } from '../types/type-library.js';
import { mapAt } from '../yaml/values.js';
import type { NodeTemplate, Topology } from './topology.js';

/**
 * Artifacts that nodes can use: their own, those of their types, of the types of their relationships, and of the nodes that these lead to
 * (spec: tosca.md 6.3). Of one node the nearest comes first.
 */
export function artifactsOf(nodes: readonly NodeTemplate[]): ArtifactDefinition[] {
  const relationships = nodes.flatMap(({ requirements }) => requirements);
  const relationshipTypes = new Set(relationships.flatMap(({ type }) => typeLine(type)));
  const withTargets = new Set([...nodes, ...relationships.map(({ target }) => target)]);
  const own = [...withTargets].map(ownArtifacts);
  const ofTypes = [...relationshipTypes].flatMap(({ definition }) => [
    ...readArtifacts(mapAt(definition, 'artifacts')).values(),
  ]);
  return [...own.slice(0, nodes.length).flat(), ...ofTypes, ...own.slice(nodes.length).flat()];
}

function ownArtifacts(node: NodeTemplate): ArtifactDefinition[] {
  return [node, ...nodeTypeLine(node.type)].flatMap(({ artifacts }) => [...artifacts.values()]);
}

/**
 * Address of the file of an artifact: the URL of its repository, if it has one, is put before it (spec: tosca.md 6.3).
 * @throws ToscaError `repository` for one that the document does not know
 */
export function addressOf(file: string, repository: string | undefined, topology: Topology): string {
  if (repository === undefined) {
    return file;
  }
  const url = topology.repositories.get(repository)?.url;
  if (url === undefined) {
    throw translationError('repository', `Repository "${repository}" was not found.`);
  }
  return `${url.replace(/\/$/, '')}/${file.replace(/^\//, '')}`;
}
