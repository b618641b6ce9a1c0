// Prints by how many MiB the resident memory of this process grows when it loads the normative TOSCA types and the published ones.
import { FileUnavailable, readTopology, TypeCache } from '@im/tosca';

const document = `tosca_definitions_version: tosca_simple_yaml_1_0
imports: [ https://raw.githubusercontent.com/grycap/tosca/main/custom_types.yaml ]
topology_template: { node_templates: { server: { type: tosca.nodes.indigo.Compute } } }
`;

function residentMiB(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
}

const cache = new TypeCache();
const before = residentMiB();
await readTopology(document, {
  files: {
    read: (url) => Promise.reject(new FileUnavailable(url, 'Not Found')),
  },
  cache,
  inputs: { accessToken: undefined, earlier: new Map(), random: () => '' },
});
process.stdout.write(String(residentMiB() - before));
