import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { testDomainOptions } from '../../../../test/fakes/work-ports.js';
import { plannedVms } from './planned-vms.js';

const cloud = { id: 'one', type: 'OpenNebula', server: '', port: 0, protocol: '', path: '', extra: {} };

/** Names of the interfaces of the VM with the number 7. */
function namesOf(features: string): Record<string, string | undefined> {
  const request = parseRadl(`network net () system node (
    net_interface.0.connection = 'net' and net_interface.1.connection = 'net' and ${features}) deploy node 1`);
  const [deploy] = request.deploys;
  const [requested] = request.systems;
  if (deploy === undefined || requested === undefined) {
    throw new Error('The document has no deploy.');
  }
  const plan = { infrastructureId: 'i', operationId: 'o', firstId: 7, now: 0, options: testDomainOptions };
  const planned = { deploy, requested, cloud, concrete: requested, failure: null };
  const [vm] = plannedVms(plan, request, [planned]);
  const system = vm?.info.systems[0]?.features;
  const names = system?.names().filter((name) => /dns.*name$/u.test(name)) ?? [];
  return Object.fromEntries(names.map((name) => [name, system?.getText(name)]));
}

describe('host names of a planned VM', () => {
  it('have its number in all names of all interfaces', () => {
    expect(
      namesOf(`net_interface.0.dns.0.name = 'a-#N#' and net_interface.0.dns.1.name = 'b-#N#.org' and
        net_interface.1.dns.0.name = 'c' and net_interface.1.dns.1.name = 'd-#N#'`),
    ).toEqual({
      'net_interface.0.dns_name': 'a-7',
      'net_interface.0.dns.0.name': 'a-7',
      'net_interface.0.dns.1.name': 'b-7.org',
      'net_interface.1.dns_name': 'c',
      'net_interface.1.dns.0.name': 'c',
      'net_interface.1.dns.1.name': 'd-7',
    });
  });

  it('go on with the additional names of older documents', () => {
    expect(
      namesOf(`net_interface.0.dns.1.name = 'b' and
        net_interface.0.additional_dns_names = ['b', 'c-#N#@zone.org', 'd']`),
    ).toEqual({
      'net_interface.0.dns_name': 'vnode-7',
      'net_interface.0.dns.0.name': 'vnode-7',
      'net_interface.0.dns.1.name': 'b',
      'net_interface.0.dns.2.name': 'c-7@zone.org',
      'net_interface.0.dns.3.name': 'd',
    });
  });
});
