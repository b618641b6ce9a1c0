/** Characters that the names of objects in a cluster cannot have. */
const punctuation = /[!"#$%&'()*+,/:;<=>?@[\]^`{|}~_ \\]/g;

/**
 * Name of the system of a container (spec: tosca.md 6.7).
 * @param containerId tells the containers of infrastructures apart, the same for the whole life of one
 */
export function containerSystemName(node: string, containerId: string): string {
  return `${node.replaceAll(punctuation, '-')}-${containerId.slice(0, 8)}`;
}
