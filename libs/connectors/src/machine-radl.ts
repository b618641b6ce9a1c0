import { CloudError } from '@im/domain';
import type { Radl, System } from '@im/radl';

/** The one system in the document of a VM. @throws CloudError `Internal` when it has none */
export function machineSystem(radl: Radl): System {
  const system = radl.systems[0];
  if (system === undefined) {
    throw new CloudError('Internal', 'The document of the VM has no system.');
  }
  return system;
}

/** Host names of interfaces are decided with the number of the VM: copies them into a document that still has what was asked. */
export function copyHostNames(from: System, to: System): void {
  for (const name of from.features.names()) {
    if (/^net_interface\.\d+\.dns(?:_name$|\.)/u.test(name)) {
      const value = from.features.getText(name);
      if (value !== undefined) {
        to.features.set(name, value);
      }
    }
  }
}

/**
 * A clone of a system for one image, with where it would run (spec: connectors/README.md 4.1).
 * @param provider type, and server and port when they are known
 */
export function concreteClone(
  system: System,
  imageUrl: string,
  provider: { type: string; host?: string; port?: number },
): System {
  const features = system.features.clone();
  features.set('disk.0.image.url', imageUrl);
  features.set('provider.type', provider.type);
  if (provider.host !== undefined && provider.host !== '') {
    features.set('provider.host', provider.host);
  }
  if (provider.port !== undefined && provider.port !== -1) {
    features.set('provider.port', provider.port);
  }
  return { ...system, features };
}
