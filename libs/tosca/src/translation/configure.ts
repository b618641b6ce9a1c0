import { hostOf, rootOf, stepOf } from '../topology/hosts.js';
import type { NodeTemplate, Topology } from '../topology/topology.js';
import { implementationOf } from './implementations.js';
import { ownerName } from './operation-inputs.js';
import { operationsOf } from './operations.js';
import type { RecipeWriter, Run } from './recipe.js';
import { addItem } from './single-instance.js';
import type { TranslationContext } from './translation.js';

/** What is run for a node, on the Compute node that it sits on. */
export interface NodeRuns {
  node: NodeTemplate;
  compute: NodeTemplate;
  runs: Run[];
}

/** Root types of nodes whose operations are never run (spec: tosca.md 6.1). */
const rootsWithoutOperations: ReadonlySet<string> = new Set([
  'tosca.nodes.network.Network',
  'tosca.nodes.network.Port',
  'tosca.nodes.BlockStorage',
  'tosca.nodes.im.AnsibleHost',
  'tosca.nodes.aisprint.FaaS.Function',
  'tosca.nodes.Container.Application',
]);

/**
 * What is run for each node that has something to run (spec: tosca.md 6.2).
 * @param warnings told of nodes with operations and no machine to run them on; grows
 * @throws ToscaError for an implementation that cannot be used
 */
export function allRuns(topology: Topology, warnings: string[]): NodeRuns[] {
  const all: NodeRuns[] = [];
  for (const node of topology.nodes.values()) {
    const operations = rootsWithoutOperations.has(rootOf(node)) ? [] : operationsOf(node, topology);
    if (operations.length === 0) {
      continue;
    }
    const compute = hostOf(topology, node);
    if (compute === undefined) {
      warnings.push(`Node ${node.name} is on no Compute node. Ignoring its operations.`);
      continue;
    }
    const runs = operations.map((operation) => ({
      operation,
      implementation: implementationOf(operation, topology),
    }));
    all.push({ node, compute, runs });
  }
  return all;
}

/** Adds the configures of nodes and their places in the order of the recipes (spec: tosca.md 6.5). */
export class ConfigureWriter {
  private readonly names = new Set<string>();

  constructor(
    private readonly context: TranslationContext,
    private readonly recipes: RecipeWriter,
  ) {}

  /** @throws ToscaError for an input without value, a text that is no playbook, or requirements that form a cycle */
  add(nodeRuns: NodeRuns): void {
    const { node, compute, runs } = nodeRuns;
    const { radl, topology } = this.context;
    const id = this.freeName(configureName(nodeRuns), node.name);
    radl.configures.push({ id, recipe: this.recipes.recipe(runs), reference: false });
    addItem(radl, compute.name, id, stepOf(topology, node));
  }

  /** Two nodes may ask for the same name when a relationship runs several operations; the second one gets its own name into it. */
  private freeName(name: string, node: string): string {
    let free = this.names.has(name) ? name.replace(/conf$/, `${node}_conf`) : name;
    for (let number = 2; this.names.has(free); number++) {
      free = name.replace(/conf$/, `${node}_${number}_conf`);
    }
    this.names.add(free);
    return free;
  }
}

/** `<owner of the last operation>[_<compute>][_<owner before it>]_conf`; clients ask for steps by this name. */
function configureName({ node, compute, runs }: NodeRuns): string {
  const [before = node.name, last = node.name] = [
    node.name,
    ...runs.map(({ operation }) => ownerName(operation)),
  ].slice(-2);
  return [
    last,
    ...(compute.name === last ? [] : [compute.name]),
    ...(before === last ? [] : [before]),
    'conf',
  ].join('_');
}
