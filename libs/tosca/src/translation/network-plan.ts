import type { Network } from '@im/radl';
import { FeatureSet, isPublicNetwork } from '@im/radl';
import type { ToscaMap } from '../yaml/values.js';
import { addAspect, setText } from './features.js';
import { outportText } from './outports.js';
import type { TranslationContext } from './translation.js';

/** Networks of a document: those of its Network nodes, and those that its Compute nodes need besides (spec: tosca.md 6.6.1). */
export class NetworkPlan {
  private readonly byId: Map<string, Network>;
  private privateOne: Network | undefined;
  private publicCount = 0;
  /** Open ports by network, each once, in the order in which they were asked for. */
  private readonly ports = new Map<Network, Set<string>>();

  /** @param context with the networks of the Network nodes only */
  constructor(private readonly context: TranslationContext) {
    const { networks } = context.radl;
    this.byId = new Map(networks.map((network) => [network.id, network]));
    this.privateOne = networks.find((network) => !isPublicNetwork(network));
  }

  /** The network of a Network node. */
  named(id: string): Network | undefined {
    return this.byId.get(id);
  }

  /** The private network of all nodes: the first of the document, else one of the plan's own. */
  privateNetwork(): Network {
    this.privateOne ??= this.add(this.freeName('private_net', 0).name, 'no');
    return this.privateOne;
  }

  /** A public network for one node alone. */
  newPublicNetwork(): Network {
    const { name, next } = this.freeName('public_net', this.publicCount);
    this.publicCount = next;
    return this.add(name, 'yes');
  }

  /** Opens ports in a network. @throws ToscaError `value` for a specification that names no port */
  open(network: Network, ports: readonly ToscaMap[]): void {
    if (ports.length === 0) {
      return;
    }
    const texts = this.ports.get(network) ?? new Set();
    this.ports.set(network, texts);
    for (const port of ports) {
      texts.add(outportText(port, { samePort: true }));
    }
  }

  /** Says which network of the provider a network is; the last word counts. */
  setProvider(network: Network, provider: string): void {
    const known = network.features.getText('provider_id');
    if (known !== undefined && known !== provider) {
      this.context.warnings.push(
        `Network ${network.id} is asked to be ${known} and ${provider} of the provider. Taking the latter.`,
      );
    }
    setText(network.features, 'provider_id', provider);
  }

  /** Writes the ports that were opened into the networks. */
  finish(): void {
    for (const [network, texts] of this.ports) {
      setText(network.features, 'outports', [...texts].join(','));
    }
  }

  private add(name: string, outbound: 'yes' | 'no'): Network {
    const features = new FeatureSet();
    setText(features, 'outbound', outbound);
    const network = addAspect(this.context.radl.networks, name, features);
    this.byId.set(name, network);
    return network;
  }

  /** `base`, `base_1`, … from a number on, without names that are taken. */
  private freeName(base: string, from: number): { name: string; next: number } {
    for (let number = from; ; number++) {
      const name = number === 0 ? base : `${base}_${number}`;
      if (!this.byId.has(name)) {
        return { name, next: number + 1 };
      }
    }
  }
}
