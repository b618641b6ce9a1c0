import type { Infrastructure, Vm } from '@im/domain';
import { parseRadl } from '@im/radl';
import { sampleInfrastructure, sampleVm } from '../persistence/samples.js';

/**
 * A live VM.
 * @param document its system, with its addresses, and its networks
 */
export function vmOf(imId: number, document: string, given: Partial<Vm> = {}): Vm {
  const info = parseRadl(document);
  return sampleVm('inf-1', imId, {
    system: info.systems[0]?.id ?? '',
    cloud: { id: 'cloud0', type: 'OpenNebula', server: '', port: -1, protocol: '', path: '', extra: {} },
    providerId: `one-${imId}`,
    status: 'live',
    providerState: 'running',
    info,
    requested: parseRadl(document),
    ...given,
  });
}

/** An infrastructure of a document. */
export function infrastructureOf(document: string): Infrastructure {
  return sampleInfrastructure({ id: 'inf-1', radl: parseRadl(document) });
}

export const networks = `
network public (outbound = 'yes')
network private
network other
`;

export interface VmFacts {
  system?: string;
  /** Address in the network `public`; null: it is in it, but has none yet. */
  publicIp?: string | null;
  privateIp?: string | null;
  /** More features, in the form of RADL. */
  features?: string;
  /** Networks in the place of those of `networks`. */
  networks?: string;
}

/** A VM in the networks that its addresses are given for, the public one first. */
export function vmWith(imId: number, facts: VmFacts, given: Partial<Vm> = {}): Vm {
  const interfaces = [
    { network: 'public', ip: facts.publicIp },
    { network: 'private', ip: facts.privateIp },
  ].filter(({ ip }) => ip !== undefined);
  const features = interfaces.flatMap(({ network, ip }, index) => [
    `net_interface.${index}.connection = '${network}'`,
    ...(ip === null ? [] : [`net_interface.${index}.ip = '${ip}'`]),
  ]);
  if (facts.features !== undefined) {
    features.push(facts.features);
  }
  return vmOf(
    imId,
    `${facts.networks ?? networks}\nsystem ${facts.system ?? 'front'} (${features.join(' and\n')})`,
    given,
  );
}
