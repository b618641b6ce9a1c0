import type { Network, Radl, System } from '@im/radl';
import { FeatureSet, isPublicNetwork } from '@im/radl';
import { addAspect, setText } from './features.js';
import { existingVms } from './scaling.js';
import type { ExistingVm } from './translation.js';

/** What a new network takes over from the one that it is split from. */
const movedFeatures = ['provider_id', 'cidr', 'create', 'router', 'outports'];

/** Start of the names of networks that a split made. */
const splitPrefix = 'private.';

/**
 * Splits private networks whose systems are in several clouds, as no private network spans clouds: the first cloud seen on a network owns it,
 * systems of other clouds move (spec: tosca.md 6.10).
 */
export function splitPrivateNetworks(radl: Radl, existing: readonly ExistingVm[]): void {
  const split = new NetworkSplit(radl);
  for (const vms of existingVms(existing).values()) {
    const last = vms.at(-1);
    const cloud = cloudOf(last?.image);
    if (cloud !== undefined) {
      for (const id of last?.networks ?? []) {
        split.own(id, cloud);
      }
    }
  }
  const systems = new Map(radl.systems.map((system) => [system.id, system]));
  for (const { system: id } of radl.deploys) {
    const system = systems.get(id);
    const cloud = cloudOf(system?.features.getText('disk.0.image.url'));
    if (system !== undefined && cloud !== undefined) {
      split.place(system, cloud);
    }
  }
}

/** `scheme://host` of the image of a system, without port. */
function cloudOf(image: string | undefined): string | undefined {
  const [, scheme, host] =
    /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(image ?? '') ?? [];
  return scheme === undefined || host === undefined ? undefined : `${scheme}://${host}`;
}

class NetworkSplit {
  private readonly networks: Map<string, Network>;
  /** Cloud of each private network that has one. */
  private readonly owners = new Map<string, string>();
  /** First private network of each cloud. */
  private readonly owned = new Map<string, string>();
  /** Next number of each name that was given to a network. */
  private readonly numbers = new Map<string, number>();

  constructor(private readonly radl: Radl) {
    this.networks = new Map(radl.networks.map((network) => [network.id, network]));
  }

  /** Notes that a cloud uses a network; the first one to do so owns it. */
  own(id: string, cloud: string): void {
    if (!this.isPrivate(id) || this.owners.has(id)) {
      return;
    }
    this.owners.set(id, cloud);
    if (!this.owned.has(cloud)) {
      this.owned.set(cloud, id);
    }
  }

  /** Puts a system into private networks of its own cloud. */
  place(system: System, cloud: string): void {
    for (const name of system.features.names()) {
      const id = /^net_interface\.\d+\.connection$/.test(name) ? system.features.getText(name) : undefined;
      if (id === undefined || !this.isPrivate(id)) {
        continue;
      }
      this.own(id, cloud);
      if (this.owners.get(id) !== cloud) {
        setText(system.features, name, this.networkOf(cloud, id));
      }
    }
  }

  /** Networks of an earlier split are not in the document. */
  private isPrivate(id: string): boolean {
    const network = this.networks.get(id);
    return network === undefined ? id.startsWith(splitPrefix) : !isPublicNetwork(network);
  }

  private networkOf(cloud: string, from: string): string {
    const known = this.owned.get(cloud);
    if (known !== undefined) {
      if (!this.networks.has(known)) {
        this.add(known);
      }
      return known;
    }
    const id = this.freeName(`${splitPrefix}${cloud.slice(cloud.indexOf('://') + 3)}`);
    const network = this.add(id);
    this.owners.set(id, cloud);
    this.owned.set(cloud, id);
    const source = this.networks.get(from);
    for (const name of source === undefined ? [] : movedFeatures) {
      const value = source?.features.getText(name);
      if (value !== undefined) {
        setText(network.features, name, value);
        source?.features.delete(name);
      }
    }
    return id;
  }

  private add(id: string): Network {
    const features = new FeatureSet();
    setText(features, 'outbound', 'no');
    const network = addAspect(this.radl.networks, id, features);
    this.networks.set(id, network);
    return network;
  }

  private freeName(base: string): string {
    let number = this.numbers.get(base) ?? 0;
    let name: string;
    do {
      name = number === 0 ? base : `${base}_${number}`;
      number++;
    } while (this.networks.has(name) || this.owners.has(name));
    this.numbers.set(base, number);
    return name;
  }
}
