import { addressOf, artifactsOf } from '../topology/artifacts.js';
import type { Topology } from '../topology/topology.js';
import { translationError } from '../tosca-error.js';
import type { ArtifactDefinition } from '../types/definitions.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, textAt, textOf } from '../yaml/values.js';
import type { Operation } from './operations.js';

/** Where implementations that are no URL are to be found (spec: tosca.md 6.3). */
const artifactsUrl = 'https://raw.githubusercontent.com/grycap/tosca/main/artifacts/';

/** What an operation runs: where its file is, and what it is. */
export interface Implementation {
  url: string;
  kind: 'playbook' | 'script';
  /** The message when the file is not to be had. */
  missing: (reason: string) => string;
}

/**
 * The file that an operation runs (spec: tosca.md 6.3).
 * @throws ToscaError `implementation` for a file of the server, `repository` for an unknown repository
 */
export function implementationOf({ definition, owner }: Operation, topology: Topology): Implementation {
  const value = definition.implementation ?? null;
  const artifacts = artifactsOf([owner.kind === 'node' ? owner.node : owner.relationship.source]);
  return locate(addressIn(value, artifacts, topology));
}

/** An address, the name of an artifact, an artifact itself, or one of these under `primary`. */
function addressIn(value: ToscaValue, artifacts: readonly ArtifactDefinition[], topology: Topology): string {
  const implementation = isMap(value) ? (value.get('primary') ?? value) : value;
  if (isMap(implementation)) {
    return inlineAddress(implementation, topology);
  }
  const text = textOf(implementation);
  const artifact = artifacts.find(({ name }) => name === text);
  return artifact === undefined ? text : addressOf(textOf(artifact.file), artifact.repository, topology);
}

function inlineAddress(artifact: ToscaMap, topology: Topology): string {
  const file = textAt(artifact, 'file');
  if (file === undefined) {
    throw translationError('implementation', 'An implementation must say its "file".');
  }
  return addressOf(file, textAt(artifact, 'repository'), topology);
}

function locate(address: string): Implementation {
  if (/^(?:https?|ftp):\/\//i.test(address)) {
    return {
      url: address,
      kind: kindOf(address),
      missing: (reason) => `Error downloading the implementation script '${address}': ${reason}`,
    };
  }
  const path = address.replace(/^file:(?:\/\/)?/i, '');
  if (path === '' || path.startsWith('/') || path.includes('\\') || path.split('/').includes('..')) {
    throw translationError(
      'implementation',
      `Implementation file: '${address}' is not below the artifacts remote url '${artifactsUrl}'.`,
    );
  }
  const url = `${artifactsUrl}${path}`;
  return {
    url,
    kind: kindOf(url),
    missing: () => `Implementation file: '${address}' is not located in the artifacts remote url '${url}'.`,
  };
}

function kindOf(url: string): Implementation['kind'] {
  return /\.ya?ml$/.test(url.replace(/[?#].*$/, '')) ? 'playbook' : 'script';
}
