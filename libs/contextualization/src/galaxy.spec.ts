import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { GalaxyRequirements } from './galaxy.js';
import { galaxyRequirements, requirementsFile } from './galaxy.js';

/** Requirements of a document with a system per list of applications. */
function requirementsOf(...systems: string[][]): GalaxyRequirements {
  const text = systems.map((applications, index) => {
    const features = applications.map((application) => `disk.0.applications contains (${application})`);
    return `system s${index} (${['cpu.count = 1', ...features].join(' and ')})`;
  });
  return galaxyRequirements(parseRadl(text.join('\n')));
}

const roleOf = (application: string): unknown => requirementsOf([application]).roles[0];
const collectionOf = (application: string): unknown => requirementsOf([application]).collections[0];

describe('roles of a document', () => {
  it.each([
    ["name = 'ansible.roles.grycap.nfs'", { src: 'grycap.nfs' }],
    ["name = 'ansible.roles.grycap.nfs' and version = '1.2'", { src: 'grycap.nfs', version: '1.2' }],
    ["name = 'ansible.roles.grycap.nfs,v2'", { src: 'grycap.nfs', version: 'v2' }],
    [
      "name = 'ansible.roles.git+https://example.org/r.git|r'",
      { src: 'https://example.org/r.git', name: 'r', scm: 'git' },
    ],
    [
      "name = 'ansible.roles.git+https://example.org/r.git|r,dev'",
      { src: 'https://example.org/r.git', name: 'r', version: 'dev', scm: 'git' },
    ],
    [
      "name = 'ansible.roles.git+https://example.org/r.git,dev|r'",
      { src: 'https://example.org/r.git', name: 'r', version: 'dev', scm: 'git' },
    ],
    [
      "name = 'ansible.roles.git+https://example.org/r.git,old|r' and version = 'new'",
      { src: 'https://example.org/r.git', name: 'r', version: 'new', scm: 'git' },
    ],
    [
      "name = 'ansible.roles.git@example.org:r.git|r'",
      { src: 'git@example.org:r.git', name: 'r', scm: 'git' },
    ],
    [
      "name = 'ansible.roles.https://example.org/r.tar.gz|r'",
      { src: 'https://example.org/r.tar.gz', name: 'r' },
    ],
    ["name = 'ansible.modules.grycap.nfs'", { src: 'grycap.nfs' }],
  ])('%s', (application, role) => {
    expect(roleOf(application)).toEqual(role);
  });
});

describe('collections of a document', () => {
  it.each([
    ["name = 'ansible.collections.community.crypto'", { name: 'community.crypto' }],
    ["name = 'ansible.collections.community.crypto,2.0.0'", { name: 'community.crypto', version: '2.0.0' }],
    [
      "name = 'ansible.collections.community.crypto' and version = '2.0.0'",
      { name: 'community.crypto', version: '2.0.0' },
    ],
    [
      "name = 'ansible.collections.git+https://example.org/c.git,main'",
      { name: 'git+https://example.org/c.git', version: 'main' },
    ],
  ])('%s', (application, collection) => {
    expect(collectionOf(application)).toEqual(collection);
  });
});

describe('the requirements of a document', () => {
  it('are those of all systems, each once', () => {
    const nfs = "name = 'ansible.roles.grycap.nfs'";

    expect(requirementsOf([nfs], [nfs, "name = 'ansible.collections.a.b'"])).toEqual({
      roles: [{ src: 'grycap.nfs' }],
      collections: [{ name: 'a.b' }],
    });
  });

  it('leave out packages', () => {
    expect(requirementsOf(["name = 'htop'", "name = 'org.example.nfs'"])).toEqual({
      roles: [],
      collections: [],
    });
  });

  it('are a file that ansible-galaxy reads, or none', () => {
    const requirements = requirementsOf([
      "name = 'ansible.roles.grycap.nfs' and version = '1.10'",
      "name = 'ansible.collections.a.b'",
    ]);

    expect(parse(requirementsFile(requirements) ?? '', { version: '1.1' })).toEqual({
      roles: [{ src: 'grycap.nfs', version: '1.10' }],
      collections: [{ name: 'a.b' }],
    });
    expect(requirementsFile(requirementsOf([]))).toBeNull();
  });
});
