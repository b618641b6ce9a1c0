/** Authentication file of a user with the Dummy cloud; each user sees only what is theirs. */
export function dummyUser(name: string): string[] {
  return [
    `id = im; type = InfrastructureManager; username = ${name}; password = 'secret of ${name}'`,
    'id = dummy; type = Dummy',
  ];
}

/** RADL with `count` machines that need no configuration. */
export function namedRadl(name: string, count = 1): string {
  return `description it (name = '${name}')
network net ()
system node (
  cpu.count >= 1 and memory.size >= 512m and net_interface.0.connection = 'net' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'mock0://linux.for.ev.er/image1'
)
contextualize ()
deploy node ${count}
`;
}

/** One more machine of the system in namedRadl. */
export const oneMore = 'network net\nsystem node\ndeploy node 1\n';

export const toscaDocument = `tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  node_templates:
    node:
      type: tosca.nodes.Compute
      capabilities: { host: { properties: { num_cpus: 1, mem_size: 1 GB } } }
  outputs:
    address: { value: { get_attribute: [ node, private_address ] } }
`;
