import type { Deploy, Network, Radl, System } from '@im/radl';
import { isPublicNetwork, systemNetworks } from '@im/radl';

/** Deploys that must go to one cloud, because their systems share private networks (spec: lifecycle.md 6.4). */
export interface DeployGroup {
  deploys: Deploy[];
  /** Private networks that hold the group together, in order of first appearance. */
  networks: string[];
}

/** Private networks that a system is connected to, in order of its interfaces. */
export function privateNetworksOf(system: System, networks: ReadonlyMap<string, Network>): string[] {
  return systemNetworks(system).filter((id) => {
    const network = networks.get(id);
    return network === undefined || !isPublicNetwork(network);
  });
}

/**
 * Groups the deploys of a document: first those without private networks (each of them alone, since every VM of one is free), then
 * the network groups in order of first appearance.
 */
export function groupDeploys(radl: Radl): DeployGroup[] {
  const networks = new Map(radl.networks.map((network) => [network.id, network]));
  const systems = new Map(radl.systems.map((system) => [system.id, system]));
  const sets = new NetworkSets();
  const connected = radl.deploys.map((deploy) => {
    const system = systems.get(deploy.system);
    const ids = system === undefined ? [] : privateNetworksOf(system, networks);
    sets.join(ids);
    return { deploy, ids };
  });

  const free: DeployGroup[] = [];
  const bound = new Map<string, { deploys: Deploy[]; networks: Set<string> }>();
  for (const { deploy, ids } of connected) {
    const first = ids[0];
    if (first === undefined) {
      free.push({ deploys: [deploy], networks: [] });
      continue;
    }
    const root = sets.find(first);
    const group = bound.get(root) ?? { deploys: [], networks: new Set<string>() };
    group.deploys.push(deploy);
    for (const id of ids) {
      group.networks.add(id);
    }
    bound.set(root, group);
  }
  const groups = [...bound.values()].map(({ deploys, networks: ids }) => ({ deploys, networks: [...ids] }));
  return [...free, ...groups];
}

/** Union-find over network ids. */
class NetworkSets {
  private readonly parent = new Map<string, string>();

  join(ids: readonly string[]): void {
    const [first, ...others] = ids;
    if (first === undefined) {
      return;
    }
    const root = this.find(first);
    for (const id of others) {
      this.parent.set(this.find(id), root);
    }
  }

  find(id: string): string {
    const parent = this.parent.get(id);
    if (parent === undefined || parent === id) {
      this.parent.set(id, id);
      return id;
    }
    const root = this.find(parent);
    this.parent.set(id, root);
    return root;
  }
}
