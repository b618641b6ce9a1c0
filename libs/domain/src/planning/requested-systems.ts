import type { Radl, System } from '@im/radl';
import type { DomainOptions } from '../ports/environment.js';

/** Options that give a system the features its author left out. */
export type SystemDefaults = Pick<
  DomainOptions,
  'defaultVmCpus' | 'defaultVmMemory' | 'defaultVmMemoryUnit' | 'defaultVmCpuArch'
>;

/** Systems of which the document asks for at least one VM, in order of definition. */
export function deployedSystems(radl: Radl): System[] {
  const asked = new Set(radl.deploys.filter((deploy) => deploy.vmNumber > 0).map((deploy) => deploy.system));
  return radl.systems.filter((system) => asked.has(system.id));
}

/**
 * The system as it is offered to clouds: without its applications (they are installed later) and with defaults for what
 * neither it nor its soft features name (spec: lifecycle.md 6.2).
 */
export function systemToMatch(system: System, defaults: SystemDefaults): System {
  const features = system.features.clone();
  features.delete('disk.0.applications');
  if (!features.hasAnywhere('cpu.count')) {
    features.add({ name: 'cpu.count', operator: '>=', value: defaults.defaultVmCpus });
  }
  if (!features.hasAnywhere('memory.size')) {
    features.add({
      name: 'memory.size',
      operator: '>=',
      value: defaults.defaultVmMemory,
      unit: defaults.defaultVmMemoryUnit,
    });
  }
  if (!features.hasAnywhere('cpu.arch')) {
    features.add({ name: 'cpu.arch', operator: '=', value: defaults.defaultVmCpuArch });
  }
  return { ...system, features };
}

/** Image URLs of a system, empty when it leaves the choice to the clouds. */
export function imageUrls(system: System): string[] {
  const value = system.features.get('disk.0.image.url');
  if (typeof value === 'string') {
    return [value];
  }
  return Array.isArray(value) ? value.filter((url): url is string => typeof url === 'string') : [];
}
