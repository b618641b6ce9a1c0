import { ecosystemApplications } from './ecosystem-applications.js';
import { ecosystemCapabilities } from './ecosystem-capabilities.js';
import { ecosystemClusters } from './ecosystem-clusters.js';
import { ecosystemCompute } from './ecosystem-compute.js';
import { ecosystemDatatypes } from './ecosystem-datatypes.js';
import { ecosystemFunctions } from './ecosystem-functions.js';
import { ecosystemKubernetes } from './ecosystem-kubernetes.js';
import { ecosystemRelationships } from './ecosystem-relationships.js';
import { ecosystemStorage } from './ecosystem-storage.js';
import { normativeArtifacts } from './normative-artifacts.js';
import { normativeCapabilities } from './normative-capabilities.js';
import { normativeDatatypes } from './normative-datatypes.js';
import { normativeInterfaces } from './normative-interfaces.js';
import { normativeNodes } from './normative-nodes.js';
import { normativePolicies } from './normative-policies.js';
import { normativeRelationships } from './normative-relationships.js';

/** Texts of the documents with the types that every template can use (spec: tosca.md 11). */
export const normativeDocuments: readonly string[] = [
  normativeDatatypes,
  normativeCapabilities,
  normativeInterfaces,
  normativeRelationships,
  normativeArtifacts,
  normativeNodes,
  normativePolicies,
];

/** Texts of the documents with the published custom types; together they are one import (spec: tosca.md 12). */
export const ecosystemDocuments: readonly string[] = [
  ecosystemDatatypes,
  ecosystemCapabilities,
  ecosystemRelationships,
  ecosystemCompute,
  ecosystemClusters,
  ecosystemKubernetes,
  ecosystemApplications,
  ecosystemStorage,
  ecosystemFunctions,
];

const published = 'https://raw.githubusercontent.com';

/** Documents that stand for an import, by its address. */
export const bundledImports: ReadonlyMap<string, readonly string[]> = new Map([
  [`${published}/grycap/tosca/main/custom_types.yaml`, ecosystemDocuments],
]);

/** Other paths of the published types: a longer form of the main one, and the two older collections. */
const otherPaths: readonly RegExp[] = [
  /^\/grycap\/tosca\/refs\/heads\/main\/custom_types\.yaml$/,
  /^\/grycap\/ec3\/(?:refs\/heads\/)?tosca\/tosca\/custom_types\.yaml$/,
  /^\/indigo-dc\/tosca-types\/(?:refs\/(?:heads|tags)\/)?[^/?#]+\/custom_types\.yaml$/,
];

/**
 * The documents that stand for an import, so that it needs no network. The two older collections have a few types
 * that these documents lack (spec: tosca.md 4 and 12).
 * @param url as the document writes it
 * @returns texts of documents, to be read in this order; undefined when there is no copy of that address
 */
export function bundledImport(url: string): readonly string[] | undefined {
  const known = bundledImports.get(url);
  if (known !== undefined || !url.startsWith(`${published}/`)) {
    return known;
  }
  const path = url.slice(published.length);
  return otherPaths.some((each) => each.test(path)) ? ecosystemDocuments : undefined;
}
