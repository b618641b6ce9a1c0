import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import type { ConcreteChoices } from './cloud-choice.js';
import { chooseCloud, noConcreteSystemScore } from './cloud-choice.js';
import { groupDeploys } from './deploy-groups.js';
import { checkDeployNumbers } from './deploy-limit.js';
import { deployedSystems, imageUrls, systemToMatch } from './requested-systems.js';

const networks = "network pub (outbound = 'YES') network a () network b () network c ()\n";
const system = (id: string, ...nets: string[]): string =>
  `system ${id} (${nets.map((net, n) => `net_interface.${n}.connection = '${net}'`).join(' and ')})\n`;

/** Groups as texts: deploys, then the networks that hold them together. */
function groups(text: string): string[] {
  return groupDeploys(parseRadl(networks + text)).map(
    (group) =>
      `${group.deploys.map((deploy) => `${deploy.system} ${deploy.vmNumber}`).join(', ')}` +
      (group.networks.length === 0 ? '' : ` by ${group.networks.join(' ')}`),
  );
}

describe('deploy groups', () => {
  it('keep a deploy without private networks to itself, before those that have some', () => {
    expect(
      groups(
        `${system('x', 'a')}${system('y', 'pub')}${system('z')}deploy x 1 deploy y 2 deploy z 3 deploy y 1`,
      ),
    ).toEqual(['y 2', 'z 3', 'y 1', 'x 1 by a']);
  });

  it('join systems that share private networks, directly or through others', () => {
    expect(
      groups(
        `${system('x', 'a', 'b')}${system('y', 'c', 'pub')}${system('z', 'b', 'c')}deploy x 1 deploy y 2 deploy z 3`,
      ),
    ).toEqual(['x 1, y 2, z 3 by a b c']);
    expect(
      groups(`${system('x', 'a')}${system('y', 'b')}${system('z', 'a')}deploy x 1 deploy y 2 deploy z 3`),
    ).toEqual(['x 1, z 3 by a', 'y 2 by b']);
  });

  it('are not joined by public networks, and count an unknown network as private', () => {
    expect(groups(`${system('x', 'pub')}${system('y', 'pub')}deploy x 1 deploy y 1`)).toEqual(['x 1', 'y 1']);
    expect(groups(`${system('x', 'lost')}${system('y', 'lost')}deploy x 1 deploy y 1`)).toEqual([
      'x 1, y 1 by lost',
    ]);
  });

  it('look at interfaces up to the first gap only', () => {
    expect(
      groups("system x (net_interface.0.connection = 'pub' and net_interface.2.connection = 'a') deploy x 1"),
    ).toEqual(['x 1']);
  });
});

describe('the choice of a cloud', () => {
  const [group] = groupDeploys(
    parseRadl(`${networks}${system('x', 'a')}${system('y', 'a')}deploy x 1 deploy y 3`),
  );
  const choices = (scores: Record<string, Record<string, number>>): ConcreteChoices =>
    new Map(
      Object.entries(scores).map(([cloud, systems]) => [
        cloud,
        new Map(Object.entries(systems).map(([id, score]) => [id, { system: null, score }])),
      ]),
    );
  const chosen = (scores: Record<string, Record<string, number>>, pinned: string[] = []): string =>
    chooseCloud(group ?? { deploys: [], networks: [] }, choices(scores), pinned);

  it('takes the greatest sum of number and score', () => {
    expect(chosen({ one: { x: 900, y: 0 }, two: { x: 0, y: 400 } })).toBe('two');
    expect(chosen({ one: { x: 1300, y: 0 }, two: { x: 0, y: 400 } })).toBe('one');
  });

  it('takes the first of the credentials on a tie', () => {
    expect(chosen({ one: { x: 0, y: 0 }, two: { x: 0, y: 0 } })).toBe('one');
  });

  it('takes a cloud that has something over one that has nothing, and one without anything when there is no other', () => {
    expect(chosen({ one: { x: 5, y: noConcreteSystemScore }, two: { x: -1, y: -1 } })).toBe('two');
    expect(chosen({ one: {} })).toBe('one');
  });

  it('takes the cloud that holds a network already', () => {
    expect(chosen({ one: { x: 9, y: 9 }, two: {} }, ['two', 'two'])).toBe('two');
  });

  it('takes the cloud asked for, whatever the scores', () => {
    const [asked] = groupDeploys(parseRadl(`${system('x')}deploy x 2 two`));
    expect(chooseCloud(asked ?? { deploys: [], networks: [] }, choices({ one: { x: 9 }, two: {} }), [])).toBe(
      'two',
    );
  });

  it('counts a deploy of no VM once, so that the clouds are alike', () => {
    const [none] = groupDeploys(parseRadl(`${system('x')}deploy x 0`));
    expect(
      chooseCloud(none ?? { deploys: [], networks: [] }, choices({ one: { x: -5 }, two: { x: 5 } }), []),
    ).toBe('one');
  });

  it.each([
    [{}, [], 'No cloud provider available'],
    [{ one: {} }, ['lost'], 'No auth data for cloud with ID: lost'],
    [
      { one: {}, two: {} },
      ['one', 'two'],
      'Two deployments that have to be launched in the same cloud provider are asked to be deployed in different cloud ' +
        'providers: [deploy x 1, deploy y 3]',
    ],
  ])('of %j with %j fails', (scores, pinned, message) => {
    expect(() => chosen(scores, pinned)).toThrow(message);
  });
});

describe('systems as they are offered to clouds', () => {
  const defaults = {
    defaultVmCpus: 2,
    defaultVmMemory: 512,
    defaultVmMemoryUnit: 'MB',
    defaultVmCpuArch: 'x86_64',
  };
  const offered = (features: string): string => {
    const [asked] = parseRadl(`system s (${features})`).systems;
    return asked === undefined ? '' : systemToMatch(asked, defaults).features.print();
  };

  it('have defaults for what they do not name', () => {
    expect(offered('a = 1')).toBe(
      "a = 1 and\ncpu.count >= 2 and\nmemory.size >= 512MB and\ncpu.arch = 'x86_64'",
    );
  });

  it('have none for what they or their soft features name', () => {
    expect(offered("cpu.count = 1 and cpu.arch = 'i386' and soft 5 (memory.size >= 4G)")).toBe(
      "cpu.count = 1 and\ncpu.arch = 'i386' and\nsoft 5 ( memory.size >= 4G )",
    );
  });

  it('are without their applications', () => {
    expect(offered("cpu.count = 1 and disk.0.applications contains (name = 'git')")).not.toContain('git');
  });

  it('leave the requested system alone', () => {
    const [asked] = parseRadl("system s (disk.0.applications contains (name = 'git'))").systems;
    if (asked !== undefined) {
      systemToMatch(asked, defaults);
    }
    expect(asked?.features.print()).toBe("disk.0.applications contains (name = 'git')");
  });

  it('may name one image or a list of them', () => {
    const urls = (features: string) => parseRadl(`system s (${features})`).systems.map(imageUrls)[0];
    expect(urls("disk.0.image.url = 'a'")).toEqual(['a']);
    expect(urls("disk.0.image.url = ['a', 'b']")).toEqual(['a', 'b']);
    expect(urls('a = 1')).toEqual([]);
  });

  it('are those of which the document wants at least one VM', () => {
    const radl = parseRadl('system a () system b () system c () deploy c 2 deploy a 0 deploy c 1');
    expect(deployedSystems(radl).map(({ id }) => id)).toEqual(['c']);
  });
});

describe('the number of VMs of one request', () => {
  it('is limited over all deploys', () => {
    checkDeployNumbers(parseRadl('deploy a 10000'));
    expect(() => checkDeployNumbers(parseRadl('deploy a 6000 deploy b 4001'))).toThrow(
      'The document asks for 10001 VMs; one request may ask for at most 10000.',
    );
    expect(() => checkDeployNumbers(parseRadl('deploy a 900000000000000000000'))).toThrow('at most 10000');
  });

  it('is smaller the larger the document is, of which each VM keeps its part; recipes do not count', () => {
    const text = 'x'.repeat(100_000);

    checkDeployNumbers(parseRadl(`system a (b = '${text}') deploy a 2000`));
    checkDeployNumbers(parseRadl(`configure c (\n@begin\n${text}\n@end\n) deploy a 10000`));
    expect(() => checkDeployNumbers(parseRadl(`system a (b = '${text}') deploy a 3000`))).toThrow(
      'The document is too large for 3000 VMs at once',
    );
  });
});
