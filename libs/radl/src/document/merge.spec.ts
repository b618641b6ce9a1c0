import { describe, expect, it } from 'vitest';
import { checkRadl } from '../check/check-radl.js';
import { RadlError } from '../radl-error.js';
import { parseRadl } from '../text/parse-radl.js';
import { applyReconfiguration, completeReferences, mergeRadl } from './merge.js';

const recipe = (name: string, text: string): string => `configure ${name} (\n@begin\n${text}\n@end\n)\n`;

const stored = parseRadl(`description old (name = 'first')
network net (outbound = 'yes')
network private ()
ansible control (host = 'h' and credentials.username = 'u' and credentials.password = 'p')
system front (net_interface.0.connection = 'net' and cpu.count = 1)
system worker (net_interface.0.connection = 'private' and ansible_host = 'control')
${recipe('conf', '- a: 1')}
contextualize 100 (system front configure conf step 1)
deploy front 1`);

describe('completing references', () => {
  it('puts the stored definitions in their place, with what those need', () => {
    const completed = completeReferences(parseRadl('system worker configure conf deploy worker 2'), stored);

    expect(completed.systems).toMatchObject([{ id: 'worker', reference: false }]);
    expect(completed.configures).toMatchObject([{ id: 'conf', recipe: '\n- a: 1\n' }]);
    expect(completed.networks.map((network) => network.id)).toEqual(['private']);
    expect(completed.ansibleHosts.map((host) => host.id)).toEqual(['control']);
    expect(completed.deploys).toMatchObject([{ system: 'worker', vmNumber: 2 }]);
    checkRadl(completed);
  });

  it('leaves what the document defines itself', () => {
    const completed = completeReferences(
      parseRadl("network net (outbound = 'no') system new (net_interface.0.connection = 'net')"),
      stored,
    );

    expect(completed.networks.map((network) => network.features.getText('outbound'))).toEqual(['no']);
  });

  it.each([
    ['system fornt', "Unknown reference in RADL to system 'fornt' Did you mean 'front'?"],
    ['network other', "Unknown reference in RADL to network 'other'"],
    ['configure confg', "Unknown reference in RADL to configure 'confg' Did you mean 'conf'?"],
  ])('refuses %s, which nobody defined', (text, message) => {
    expect(() => completeReferences(parseRadl(text), stored)).toThrow(message);
  });
});

describe('merging a request into the stored document', () => {
  it('adds networks and ansible hosts, replaces systems, configures, the description and the deploys', () => {
    const merged = mergeRadl(
      stored,
      parseRadl(`description new (name = 'second')
network net (outbound = 'no')
network third ()
ansible control (host = 'other')
system front (cpu.count = 8)
system extra ()
${recipe('conf', '- b: 2')}
contextualize 50 (system front configure conf step 9 system extra configure conf)
deploy extra 3`),
    );

    expect(merged.description?.features.getText('name')).toBe('second');
    expect(merged.networks.map((network) => network.id)).toEqual(['net', 'private', 'third']);
    expect(merged.networks[0]?.features.getText('outbound')).toBe('yes');
    expect(merged.ansibleHosts.map((host) => host.features.getText('host'))).toEqual(['h']);
    expect(merged.systems.map((system) => system.id)).toEqual(['front', 'worker', 'extra']);
    expect(merged.systems[0]?.features.print()).toBe('cpu.count = 8');
    expect(merged.configures).toMatchObject([{ id: 'conf', recipe: '\n- b: 2\n' }]);
    expect(merged.contextualize).toMatchObject({
      maxTime: 100,
      items: [
        { system: 'front', step: 9 },
        { system: 'extra', step: 0 },
      ],
    });
    expect(merged.deploys).toMatchObject([{ system: 'extra', vmNumber: 3 }]);
  });

  it('keeps the deploys and the description when the request has none', () => {
    const merged = mergeRadl(stored, parseRadl('system extra ()'));

    expect(merged.deploys).toMatchObject([{ system: 'front', vmNumber: 1 }]);
    expect(merged.description?.id).toBe('old');
  });

  it('does not switch contextualization off by an empty section that comes later', () => {
    const merged = mergeRadl(stored, parseRadl('contextualize ()'));

    expect(merged.contextualize).toMatchObject({ maxTime: 100, items: [{ configure: 'conf' }] });
  });
});

describe('a reconfiguration', () => {
  it('takes over recipes and steps, and nothing else of the document', () => {
    const merged = applyReconfiguration(
      stored,
      parseRadl(`${recipe('conf', '- c: 3')}${recipe('more', '- d: 4')}
network new () system front (cpu.count = 8) deploy front 5
contextualize 500 (system worker configure more)`),
    );

    expect(merged.configures.map((configure) => configure.recipe)).toEqual(['\n- c: 3\n', '\n- d: 4\n']);
    expect(merged.contextualize).toMatchObject({
      maxTime: 500,
      items: [{ system: 'front' }, { system: 'worker' }],
    });
    expect(merged.networks).toHaveLength(2);
    expect(merged.systems[0]?.features.getNumber('cpu.count')).toBe(1);
    expect(merged.deploys).toMatchObject([{ vmNumber: 1 }]);
  });

  it('does not take references and empty configures for recipes', () => {
    const merged = applyReconfiguration(stored, parseRadl('configure conf ()'));

    expect(merged.configures[0]?.recipe).toBe('\n- a: 1\n');
  });

  it('notes new credentials of known systems, when they are new', () => {
    const before = parseRadl("system s (disk.0.os.credentials.password = 'old')");
    const asked = (password: string) =>
      parseRadl(
        `system s (disk.0.os.credentials.new.password = '${password}' and disk.0.os.credentials.new.public_key = 'k') system t (disk.0.os.credentials.new.password = 'x')`,
      );

    expect(applyReconfiguration(before, asked('Fresh.12')).systems).toHaveLength(1);
    expect(applyReconfiguration(before, asked('Fresh.12')).systems[0]?.features.print()).toBe(
      "disk.0.os.credentials.password = 'old' and\ndisk.0.os.credentials.new.password = 'Fresh.12' and\n" +
        "disk.0.os.credentials.new.public_key = 'k'",
    );
    expect(
      applyReconfiguration(before, asked('old')).systems[0]?.features.has(
        'disk.0.os.credentials.new.password',
      ),
    ).toBe(false);
  });

  it('replaces applications by their name without its version, and adds the others, also to a system without any', () => {
    const applications = (text: string) =>
      applyReconfiguration(
        parseRadl(text),
        parseRadl(
          "system s (disk.0.applications contains (name = 'ansible.roles.x,v2') and disk.0.applications contains (name = 'git'))",
        ),
      )
        .systems[0]?.features.getGroups('disk.0.applications')
        .map((group) => group.getText('name'));

    expect(
      applications(
        "system s (disk.0.applications contains (name = 'ansible.roles.x,v1') and disk.0.applications contains (name = 'vim'))",
      ),
    ).toEqual(['vim', 'ansible.roles.x,v2', 'git']);
    expect(applications('system s ()')).toEqual(['ansible.roles.x,v2', 'git']);
  });

  it('is refused as a whole when one recipe is not YAML', () => {
    expect(() =>
      applyReconfiguration(stored, parseRadl(recipe('conf', '- fine: 1') + recipe('bad', 'a: ['))),
    ).toThrow(/^Error parsing YAML: .*\(configure bad\)/);
    expect(() => applyReconfiguration(stored, parseRadl(recipe('bad', 'a: [')))).toThrow(RadlError);
  });

  it.each([
    ['system front configure conf with cloud.init', "Invalid tool 'cloud.init'"],
    ['system nobody configure conf', "Invalid system id 'nobody'"],
    ['system front configure nothing', "Invalid configure id 'nothing'"],
  ])('is refused when it contextualizes %s', (item, problem) => {
    expect(() => applyReconfiguration(stored, parseRadl(`contextualize (${item})`))).toThrow(problem);
  });
});
