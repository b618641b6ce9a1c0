import { describe, expect, it } from 'vitest';
import { parseRadlJson } from '../json/parse-radl-json.js';
import { RadlError } from '../radl-error.js';
import { parseRadl } from '../text/parse-radl.js';
import { checkRadl } from './check-radl.js';

function problem(text: string): RadlError {
  try {
    checkRadl(text.startsWith('[') ? parseRadlJson(text) : parseRadl(text));
  } catch (error) {
    if (error instanceof RadlError) {
      return error;
    }
    throw error;
  }
  throw new Error('The document was accepted.');
}

const inSystem = (features: string): string => `network n ()\nsystem s (\n${features})`;
const accepted = (text: string): void => checkRadl(parseRadl(text));

describe('the check accepts', () => {
  it.each([
    'cpu.count = 0.5 and cpu.count_limit = 1',
    "cpu.arch = 'aarch64'",
    'memory.size >= 1.5Gi',
    'memory.size = 512 and disk.0.size = 2Ti and disk.0.free_size >= 1TiB',
    'cpu.performance >= 20ECU and price <= 0.1',
    "spot = 'YES' and image_type = 'qcow2'",
    "disk.0.os.version >= '22.04' and disk.0.os.name = 'Linux'",
    "disk.0.os.version = ''",
    "disk.0.image.url = ['one://a/1', 'ost://b/2']",
    "disk.0.os.credentials.new.password = 'Secret.1'",
    "disk.0.applications contains (name = 'git' and version = '1.2.3' and preinstalled = 'yes' and path = '/x')",
    "net_interface.0.connection = 'n' and net_interface.1.connection = 'n' and net_interface.1.ip = '10.0.0.1'",
    "disk.1.content = 'x' and net_interface.0.connection = 'n' and net_interface.1.dns.0.name = 'a'",
    "soft 5 (net_interface.3.dns_name = 'x' and cpu.count >= 4)",
    'anything.else = 5 parsecs',
  ])('a system with %s', (features) => {
    accepted(inSystem(features));
  });

  it.each([
    ['references for definitions', "network n system s (net_interface.0.connection = 'n') deploy s 1"],
    ['a deploy of a system that comes later, and of nothing', 'deploy s 0 system s ()'],
    [
      'outports with ranges, protocols and addresses',
      "network n (outports = '22,80-8080,9000:9100/udp,::1/128-53/udp')",
    ],
    ['no outports', "network n (outports = '')"],
    [
      'an ansible host that a system names',
      "ansible h (host = 'x' and credentials.username = 'u' and credentials.private_key = 'k') system s (ansible_host = 'h')",
    ],
    ['a vault text as a recipe', 'configure c (\n@begin\n$ANSIBLE_VAULT;1.1;AES256\n6162\n@end\n)'],
    [
      'a script as a recipe that only cloud-init runs',
      'system s () configure c (\n@begin\n#!/bin/sh\nif [ "$A" = b ]; then echo "x: y: z"; fi\n@end\n)\ncontextualize (system s configure c with cloud_init)',
    ],
  ])('%s', (_what, text) => {
    accepted(text);
  });
});

describe('the check of a feature says', () => {
  it.each<[features: string, category: string, message: string]>([
    ["cpu.count = '2'", 'type', "Line 3: Invalid type; expected number in property 'cpu.count'."],
    ['cpu.arch = 64', 'type', 'Line 3: Invalid type; expected text'],
    ["disk.0.applications = 'git'", 'type', 'Line 3: Invalid type; expected group'],
    ['disk.0.image.url = 1', 'type', 'Line 3: Invalid type; expected text or list'],
    ["disk.0.os.name >= 'linux'", 'operator', "Line 3: Invalid operator; expected '='"],
    ["cpu.arch = 'sparc'", 'value', "Line 3: Invalid value; expected one of ['I386', 'I686', 'X86_64'"],
    ["spot = 'maybe'", 'value', "Line 3: Invalid value; expected one of ['YES', 'NO']"],
    [
      "disk.0.os.version = '22.04-lts'",
      'value',
      "Line 3: Invalid value in property 'disk.0.os.version': it must be digits separated by points.",
    ],
    [
      "disk.0.os.credentials.new.password = 'secret'",
      'value',
      "Invalid value in property 'disk.0.os.credentials.new.password': it needs more than 6 characters",
    ],
    [
      "disk.0.applications contains (name = '')",
      'value',
      "Line 3: Invalid value in property 'name': it is empty.",
    ],
    [
      "disk.0.applications contains (name = 'x' and version = 'a')",
      'value',
      "Invalid value in property 'version'",
    ],
    ['memory.size = 512X', 'unit', 'Line 3: Invalid unit; expected one of [B, K, M, G, T'],
    ['cpu.count = 2G', 'unit', "Line 3: Invalid unit; expected none in property 'cpu.count'."],
    ['cpu.performance = 20', 'unit', 'Line 3: Invalid unit; expected one of [ECU, GCEU, HRZ]'],
    ['disk.foo = 1', 'index', 'Line 3: Invalid property name; expected an index.'],
    ["net_interface.x.ip = 'a'", 'index', 'Line 3: Invalid property name; expected an index.'],
    ['disk.1.size = 10G', 'index', "Invalid indices values in properties 'disk': found 1, but 0 is missing."],
    [
      "net_interface.0.connection = 'n' and net_interface.2.connection = 'n'",
      'index',
      "'net_interface': found 0, 2, but 1 is missing.",
    ],
    [
      "net_interface.0.dns_name = 'x'",
      'incomplete',
      'Some net_interface does not have a connection: net_interface.0.connection is missing.',
    ],
    [
      "net_interface.0.connection = 'm'",
      'reference',
      "Line 3: Invalid value in property 'net_interface.0.connection': there is no such network. Did you mean 'n'?",
    ],
    [
      "ansible_host = 'h'",
      'reference',
      "Line 3: Invalid value in property 'ansible_host': there is no such ansible host.",
    ],
    ["soft 5 (cpu.arch = 'sparc')", 'value', 'Line 3: Invalid value; expected one of'],
    ["soft 5 (net_interface.0.connection = 'other')", 'reference', 'there is no such network.'],
  ])('of %s: %s', (features, category, message) => {
    const error = problem(inSystem(features));

    expect(error).toMatchObject({ phase: 'check', category });
    expect(error.message).toContain(message);
  });
});

describe('the check of a document says', () => {
  it.each<[text: string, category: string, line: number | undefined, message: string]>([
    ["network n (\noutbound = 'si')", 'value', 2, "expected one of ['YES', 'NO']"],
    [
      "network n (\noutports = '80,x')",
      'value',
      2,
      "Invalid value in property 'outports': Invalid outports format. (x)",
    ],
    ["network n (outports = '70000')", 'value', 1, 'Ports go from 0 to 65535'],
    ['network n (provider_id = 5)', 'type', 1, 'expected text'],
    ["ansible h (credentials.username = 'u')", 'incomplete', 1, 'Ansible host must have a host'],
    ["ansible h (host = 'h')", 'incomplete', 1, 'Ansible host must have a credentials.username'],
    [
      "ansible h (host = 'h' and credentials.username = 'u')",
      'incomplete',
      1,
      'Ansible host must have a credentials.password or credentials.private_key',
    ],
    [
      'system front ()\ndeploy fornt 1',
      'reference',
      2,
      "Invalid system id in the deploy. Did you mean 'front'?",
    ],
    ['deploy s 1', 'reference', 1, 'Line 1: Invalid system id in the deploy.'],
    ['configure c (\n@begin\na: [\n@end\n)', 'recipe', 1, 'Line 1: Invalid YAML code: '],
    ['configure c (\n@begin\n---\na: 1\n---\nb: 2\n@end\n)', 'recipe', 1, 'there is more than one document'],
    ['configure c (\n@begin\na: *b\n@end\n)', 'recipe', 1, 'Unresolved alias'],
    ['contextualize 1.5 ()', 'value', undefined, "Invalid 'max time' in 'contextualize'"],
    ['system s () contextualize (\nsystem t configure c)', 'reference', 2, "Invalid system id 't'"],
    [
      'system s () configure conf ()\ncontextualize (system s configure cnof)',
      'reference',
      2,
      "Invalid configure id 'cnof' Did you mean 'conf'?",
    ],
    [
      'system s () configure c () contextualize (system s configure c with Ansibel)',
      'value',
      1,
      "Invalid tool 'Ansibel'; expected one of ['Ansible', 'cloud_init']. Did you mean 'Ansible'?",
    ],
    [
      '[{"class":"deploy","system":"s","vm_number":-1},{"class":"system","id":"s"}]',
      'value',
      undefined,
      'Invalid number of virtual machines to deploy.',
    ],
    ['[{"class":"system","id":"s","cpu.count":"x"}]', 'type', undefined, 'Invalid type; expected number'],
    [
      '[{"class":"system","id":"s","disk.0.applications":{"name":"x"}}]',
      'operator',
      undefined,
      "Invalid operator; expected 'contains'",
    ],
  ])('of %j: %s', (text, category, line, message) => {
    const error = problem(text);

    expect(error).toMatchObject({ phase: 'check', category, line });
    expect(error.message).toContain(message);
  });

  it('which system or network is there twice after a merge', () => {
    const radl = parseRadl('system s () network n ()');

    expect(() => checkRadl({ ...radl, systems: [...radl.systems, ...radl.systems] })).toThrow(
      'Some System name duplicated.',
    );
    expect(() => checkRadl({ ...radl, networks: [...radl.networks, ...radl.networks] })).toThrow(
      'Some Network name duplicated.',
    );
  });
});

describe('aliases of a recipe', () => {
  const recipe = (text: string): string => `configure c (\n@begin\n${text}\n@end\n)`;

  it('may repeat an anchor as often as a playbook does', () => {
    const uses = Array.from({ length: 500 }, (_use, n) => `  t${n}: *a`).join('\n');

    expect(() => checkRadl(parseRadl(recipe(`- x: &a {k: 1}\n${uses}`)))).not.toThrow();
  });

  it('must not multiply each other', () => {
    const names = [...'abcdefghij'];
    const lines = names.map((name, n) => {
      const content = n === 0 ? 'x' : `*${names[n - 1]}`;
      return `${name}: &${name} [${Array(10).fill(content).join(', ')}]`;
    });

    expect(() => checkRadl(parseRadl(recipe(lines.join('\n'))))).toThrow(
      'Invalid YAML code: its aliases multiply each other (configure c).',
    );
  });
});
