import { computeRoot, hostingTarget, rootOf } from '../topology/hosts.js';
import type { NodeTemplate, Topology } from '../topology/topology.js';
import type { Problems } from './problems.js';

/** Reports nodes that sit on each other and so on no machine; each ring once. */
export function checkHosts(topology: Topology, problems: Problems): void {
  const done = new Set<NodeTemplate>();
  for (const start of topology.nodes.values()) {
    const way = new Set<NodeTemplate>();
    let node: NodeTemplate | undefined = start;
    while (node !== undefined && !done.has(node) && !way.has(node) && rootOf(node) !== computeRoot) {
      way.add(node);
      node = hostingTarget(node);
    }
    if (node !== undefined && way.has(node)) {
      problems.add('cycle', 'ValidationError', `Node template "${node.name}" is hosted on itself.`, [
        'topology_template',
        'node_templates',
        node.name,
        'requirements',
      ]);
    }
    for (const passed of way) {
      done.add(passed);
    }
  }
}
