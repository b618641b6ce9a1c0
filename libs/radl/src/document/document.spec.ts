import { describe, expect, it } from 'vitest';
import type { System } from '../model/radl.js';
import { RadlError } from '../radl-error.js';
import { parseRadl } from '../text/parse-radl.js';
import { concreteSystem, scoreApplications } from './concrete-system.js';
import { chooseFreeCidr } from './free-cidr.js';
import { dnsRecordOf, expandHostName, splitHostName } from './host-names.js';
import { interfaceCount, interfaceInNetwork, networksOf, remotePortOf, sshPortOf } from './interfaces.js';
import { parseOutports, printOutports } from './outports.js';
import { compareVersions } from './versions.js';

function system(features: string): System {
  const [made] = parseRadl(`system s (${features})`).systems;
  if (made === undefined) {
    throw new Error('no system');
  }
  return made;
}

describe('outports', () => {
  it.each([
    ['22', { remote: 22, local: 22, protocol: 'tcp', range: false, remoteCidr: '0.0.0.0/0' }],
    ['80-8080', { remote: 80, local: 8080, protocol: 'tcp' }],
    ['53/udp', { remote: 53, local: 53, protocol: 'udp' }],
    ['53/udp-5353', { remote: 53, local: 5353, protocol: 'udp' }],
    ['80-8080/tcp', { remote: 80, local: 8080, protocol: 'tcp' }],
    ['9000:9100/tcp', { remote: 9000, local: 9100, range: true }],
    ['10.0.0.0/8-22/tcp-22/tcp', { remote: 22, local: 22, remoteCidr: '10.0.0.0/8' }],
    ['10.0.0.0/8-1:10/udp', { remote: 1, local: 10, protocol: 'udp', range: true, remoteCidr: '10.0.0.0/8' }],
    ['1/icmp', { remote: 1, local: 1, protocol: 'icmp' }],
    ['0-9000', { remote: 0, local: 9000 }],
    ['2001:db8::/32-22', { remote: 22, remoteCidr: '2001:db8::/32' }],
    ['::ffff:10.0.0.1/128-22', { remoteCidr: '::ffff:10.0.0.1/128' }],
  ])('%s opens the port it says', (text, port) => {
    expect(parseOutports(text)).toMatchObject([port]);
    expect(parseOutports(printOutports(parseOutports(text)))).toEqual(parseOutports(text));
  });

  it('are several with commas, and none in an empty text', () => {
    expect(parseOutports('22,80-8080,9000:9100').map((port) => port.local)).toEqual([22, 8080, 9100]);
    expect(parseOutports('')).toEqual([]);
  });

  it.each([
    ['22, 80', 'Invalid outports format.'],
    ['22,', 'Invalid outports format.'],
    ['tcp', 'Invalid outports format.'],
    ['22/TCP', 'Invalid outports format.'],
    ['22/tcp-22/udp', 'Different protocols used in local and remote outports.'],
    ['70000', 'Ports go from 0 to 65535'],
    ['9100:9000', 'ranges upwards'],
    ['10.0.0/8-22', 'is no CIDR'],
    ['999.0.0.0/8-22', '999.0.0.0/8 is no CIDR'],
    ['10.0.0.0/33-22', 'is no CIDR'],
    ['1:2/64-22', '1:2/64 is no CIDR'],
    [':::/64-22', 'is no CIDR'],
    ['1::2::3/64-22', 'is no CIDR'],
    ['2001:db8::/129-22', 'is no CIDR'],
  ])('%j are refused', (text, message) => {
    expect(() => parseOutports(text)).toThrow(message);
    expect(() => parseOutports(text)).toThrow(RadlError);
  });
});

describe('interfaces', () => {
  const radl = parseRadl(`network pub (outbound = 'YES' and outports = '1022-22,8080-80,5000:6000')
network priv () network ref
system s (net_interface.0.connection = 'priv' and net_interface.1.connection = 'pub' and net_interface.3.connection = 'x')`);
  const [made] = radl.systems as [System];

  it('are counted from 0 up to the first gap', () => {
    expect(interfaceCount(made)).toBe(2);
    expect(networksOf(radl, made).map((network) => network.id)).toEqual(['priv', 'pub']);
    expect([interfaceInNetwork(made, 'pub'), interfaceInNetwork(made, 'none')]).toEqual([1, undefined]);
  });

  it('lead to a port of the VM by the outports of the last public network', () => {
    expect(sshPortOf(radl, made)).toBe(1022);
    expect(remotePortOf(radl, made, 80)).toBe(8080);
    expect(remotePortOf(radl, made, 5500)).toBe(5500);
    expect(sshPortOf(radl, system(''))).toBe(22);
  });
});

describe('host names', () => {
  it('have every #N# replaced and are cut at the first point', () => {
    expect(expandHostName('a#N#-#N#.b', 3)).toBe('a3-3.b');
    expect(splitHostName('node-#N#.example.org', 12)).toEqual({ hostname: 'node-12', domain: 'example.org' });
    expect(splitHostName('node', 1)).toEqual({ hostname: 'node', domain: null });
  });

  it('name a record and a zone for the DNS service of a cloud', () => {
    expect(dnsRecordOf('www.example.org')).toEqual({ hostname: 'www', domain: 'example.org.' });
    expect(dnsRecordOf('a.b@example.org')).toEqual({ hostname: 'a.b', domain: 'example.org.' });
    expect(dnsRecordOf('a@b@c')).toBeNull();
  });
});

describe('soft features', () => {
  it('are taken heaviest first, each group whole or not at all', () => {
    const made = concreteSystem(
      system(
        'cpu.count >= 2 and soft 10 (cpu.count = 1 and x = 1) and soft 20 (y = 1) and soft 5 (y = 2) and soft 1 (z = 1)',
      ),
    );

    expect(made.score).toBe(21);
    expect(made.system.features.print()).toBe('cpu.count >= 2 and\ny = 1 and\nz = 1');
  });

  it('of one weight are taken in the order of the document', () => {
    expect(concreteSystem(system('soft 5 (a = 1) and soft 5 (a = 2)')).system.features.print()).toBe('a = 1');
  });

  it('give way to what the other system says', () => {
    const made = concreteSystem(system('a >= 1 and soft 5 (b = 1)'), system('a = 3 and b = 2'));

    expect(made).toMatchObject({ score: 0 });
    expect(made.system.features.print()).toBe('a = 3 and\nb = 2');
    expect(() => concreteSystem(system('a = 1'), system('a = 2'))).toThrow(RadlError);
  });
});

describe('the score of applications', () => {
  const apps = (...list: string[]): System =>
    system(list.map((app) => `disk.0.applications contains (${app})`).join(' and '));

  it.each([
    [["name = 'a'"], ["name = 'a' and version = '1'"], 100],
    [["name = 'a' and version = '1.2'"], ["name = 'a' and version = '1.10'"], 100],
    [["name = 'a' and version = '1.2'"], ["name = 'a' and version = '1.2.0'"], 100],
    [["name = 'a' and version = '2'"], ["name = 'a' and version = '1'"], -1],
    [["name = 'a' and version = '2'"], ["name = 'a'"], 0],
    [["name = 'a'"], ["name = 'b' and version = '1'", "name = 'c'"], -1],
    [[], [], 0],
  ])('of %j in an image with %j is %d', (asked, installed, score) => {
    expect(scoreApplications(apps(...asked), apps(...installed))).toBe(score);
  });
});

describe('versions', () => {
  it.each([
    ['1.2', '1.10', -1],
    ['1', '1.0.0', 0],
    ['22.04', '20.10', 1],
    ['1.2rc1', '1.2', -1],
    ['1.2', '1.2-3', -1],
    ['b', 'a', 1],
  ])('%s and %s are in order', (a, b, order) => {
    expect(Math.sign(compareVersions(a, b))).toBe(order);
    expect(Math.sign(compareVersions(b, a))).toBe(order === 0 ? 0 : -order);
  });
});

describe('a free network', () => {
  it.each([
    ['10.0.*.0/24', [], '10.0.1.0/24'],
    ['', ['10.0.1.0/24'], '10.0.2.0/24'],
    ['10.0.*.0/24', ['10.0.0.0/15'], null],
    ['10.*.*.0/24', ['10.1.0.0/16'], '10.2.1.0/24'],
    ['10.5.0.0/16', ['10.5.0.0/16'], '10.5.0.0/16'],
  ])('of %s beside %j is %s', (pattern, used, result) => {
    expect(chooseFreeCidr(pattern, used)).toBe(result);
  });
});
