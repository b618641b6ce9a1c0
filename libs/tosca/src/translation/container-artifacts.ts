import type { Evaluation } from '../functions/evaluate.js';
import { addressOf } from '../topology/artifacts.js';
import { rootOf } from '../topology/hosts.js';
import type { NodeTemplate, Topology } from '../topology/topology.js';
import { translationError } from '../tosca-error.js';
import type { ArtifactDefinition } from '../types/definitions.js';
import type { TypeLibrary } from '../types/type-library.js';
import { derivesFrom, nodeTypeLine } from '../types/type-library.js';
import { fullTypeName } from '../types/type-names.js';
import { textOf } from '../yaml/values.js';
import { isBlank } from './value-kinds.js';

/** Root type of the nodes that become containers (spec: tosca.md 6.1). */
export const containerRoot = 'tosca.nodes.Container.Application';

const imageType = 'tosca.artifacts.Deployment.Image.Container.Docker';
const fileType = 'tosca.artifacts.File';

/** A file that a container finds at a path: its text, or where the text is to be had. */
export interface ContainerFile {
  path: string;
  source: { content: string } | { url: string };
}

/** Artifacts of a node and of its types, the nearest definition of each name; those of the types first. */
function artifactsOf(node: NodeTemplate, type: string, library: TypeLibrary): ArtifactDefinition[] {
  const all = new Map<string, ArtifactDefinition>();
  for (const { artifacts } of nodeTypeLine(node.type).reverse()) {
    for (const [name, artifact] of artifacts) {
      all.set(name, artifact);
    }
  }
  for (const [name, artifact] of node.artifacts) {
    all.set(name, artifact);
  }
  return [...all.values()].filter(
    (artifact) =>
      fullTypeName('artifact', artifact.type) === type ||
      derivesFrom(library.type('artifact', artifact.type), type),
  );
}

/** URL of the image of a container. @throws ToscaError when no artifact names one */
export function containerImageUrl(node: NodeTemplate, evaluation: Evaluation): string {
  const image = artifactsOf(node, imageType, evaluation.topology.library).at(-1);
  const file = image === undefined ? null : evaluation.evaluate(image.file, { kind: 'node', node });
  if (image === undefined || isBlank(file)) {
    throw translationError('missing-field', `No image specified for K8s container. (${node.name})`);
  }
  const address = addressOf(textOf(file), image.repository, evaluation.topology);
  return `docker://${withoutScheme(address)}`;
}

/** Files of a container, in the order of their artifacts; those without `deploy_path` are of no use to it. @throws ToscaError */
export function containerFilesOf(node: NodeTemplate, evaluation: Evaluation): ContainerFile[] {
  const { library } = evaluation.topology;
  return artifactsOf(node, fileType, library).flatMap((artifact): ContainerFile[] => {
    const path = artifact.deployPath ?? '';
    return path === '' ? [] : [{ path, source: sourceOf(artifact, node, evaluation) }];
  });
}

function sourceOf(
  artifact: ArtifactDefinition,
  node: NodeTemplate,
  evaluation: Evaluation,
): ContainerFile['source'] {
  const content = artifact.properties.get('content');
  if (content !== undefined && content !== null) {
    const text = evaluation.evaluate(content, { kind: 'node', node });
    return { content: text === null ? '' : textOf(text) };
  }
  const file = evaluation.evaluate(artifact.file, { kind: 'node', node });
  return { url: addressOf(file === null ? '' : textOf(file), artifact.repository, evaluation.topology) };
}

/** URLs of the texts that the containers of a topology need, each once (spec: tosca.md 6.7). @throws ToscaError */
export function containerFiles(topology: Topology, evaluation: Evaluation): string[] {
  const urls = [...topology.nodes.values()]
    .filter((node) => rootOf(node) === containerRoot)
    .flatMap((node) => containerFilesOf(node, evaluation))
    .flatMap(({ source }) => ('url' in source ? [source.url] : []));
  return [...new Set(urls)];
}

/** An URL without `https://` or the like. */
export function withoutScheme(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
}
