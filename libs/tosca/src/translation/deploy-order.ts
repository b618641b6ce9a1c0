import type { Radl } from '@im/radl';
import { isPublicNetwork, systemNetworks } from '@im/radl';

/** Orders the deploys: systems with a public network first, of these worker nodes last; else as they are (spec: tosca.md 6.9). */
export function orderDeploys(radl: Radl): void {
  const publicIds = new Set(radl.networks.filter(isPublicNetwork).map(({ id }) => id));
  const publicSystems = new Set(
    radl.systems
      .filter((system) => systemNetworks(system).some((id) => publicIds.has(id)))
      .map(({ id }) => id),
  );
  const rank = (system: string): number => (publicSystems.has(system) ? (system.includes('wn') ? 1 : 0) : 2);
  radl.deploys.sort((a, b) => rank(a.system) - rank(b.system));
}
