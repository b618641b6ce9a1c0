import type { System } from '@im/radl';

/**
 * Name of a machine at its provider: the first that is given of `instance_name`, `disk.0.image.name`, the system name and
 * `im-userimage`, made of lower case letters, digits and `-` (spec: connectors/README.md 5.1).
 * @param suffix makes it unique, e.g. the launch token; empty: none
 * @param maxLength limit of the provider; the suffix is kept whole
 */
export function instanceName(system: System, suffix: string, maxLength = 63): string {
  const asked =
    system.features.getText('instance_name') ||
    system.features.getText('disk.0.image.name') ||
    system.id ||
    'im-userimage';
  const end = suffix === '' ? '' : `-${plain(suffix)}`;
  const base = plain(asked).slice(0, Math.max(maxLength - end.length, 1));
  return `${base.replace(/-+$/u, '') || 'im'}${end}`;
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z\d-]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '');
}
