import type { Radl } from '@im/radl';
import { printYaml } from './recipe-yaml.js';

/** Roles and collections that the systems of a document ask for (spec: radl.md 13). */
export interface GalaxyRequirements {
  roles: { src: string; name?: string; version?: string; scm?: 'git' }[];
  collections: { name: string; version?: string }[];
}

/** `ansible.modules` is the old name of roles. */
const rolePrefix = /^ansible\.(roles|modules)\./;
const collectionPrefix = 'ansible.collections.';

export function galaxyRequirements(radl: Radl): GalaxyRequirements {
  const found: GalaxyRequirements = { roles: [], collections: [] };
  const seen = new Set<string>();
  for (const application of radl.systems.flatMap((system) =>
    system.features.getGroups('disk.0.applications'),
  )) {
    const name = application.getText('name') ?? '';
    const version = application.getText('version');
    const key = `${name},${version ?? ''}`;
    if (seen.has(key)) {
      continue;
    }
    seen.add(key);
    if (rolePrefix.test(name)) {
      found.roles.push(roleOf(name.replace(rolePrefix, ''), version));
    } else if (name.startsWith(collectionPrefix)) {
      found.collections.push(collectionOf(name.slice(collectionPrefix.length), version));
    }
  }
  return found;
}

/** `[git+]URL-or-name[,VERSION][|ROLENAME[,VERSION]]` */
function roleOf(spec: string, version: string | undefined): GalaxyRequirements['roles'][number] {
  const [source = '', role = ''] = spec.split('|');
  const [src = '', sourceVersion] = source.split(',');
  const [name = '', roleVersion] = role.split(',');
  const wanted = version ?? sourceVersion ?? roleVersion;
  return {
    src: src.replace(/^git\+/, ''),
    ...(name === '' ? {} : { name }),
    ...(wanted === undefined ? {} : { version: wanted }),
    ...(src.startsWith('git') ? { scm: 'git' as const } : {}),
  };
}

function collectionOf(spec: string, version: string | undefined): GalaxyRequirements['collections'][number] {
  const [name = '', specVersion] = spec.split(',');
  const wanted = version ?? specVersion;
  return { name, ...(wanted === undefined ? {} : { version: wanted }) };
}

/** requirements.yml, null when nothing is asked for. */
export function requirementsFile(requirements: GalaxyRequirements): string | null {
  return requirements.roles.length + requirements.collections.length === 0 ? null : printYaml(requirements);
}
