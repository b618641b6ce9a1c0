import type { CloudError } from '@im/domain';
import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { machineSystem } from '../machine-radl.js';
import type { ContainerPlan } from './container-plan.js';
import { containerOptions, containerPlan } from './container-plan.js';

function planOf(
  features: string,
  options: { allowHostAccess?: boolean; defaultDomain?: string } = {},
): ContainerPlan {
  const radl = parseRadl(`network priv () system front (
    disk.0.image.url = 'docker://im-test:1' and net_interface.0.connection = 'priv' and ${features})`);
  const owner = { infrastructureId: 'i', token: 'i-0', labels: {} };
  return containerPlan(owner, radl, machineSystem(radl), {
    allowHostAccess: false,
    defaultDomain: 'localdomain',
    ...options,
  });
}

describe('names of a container', () => {
  it('without a domain get the default one', () => {
    const plan = planOf("net_interface.0.dns_name = 'web'", { defaultDomain: 'example.net' });

    expect(plan.interfaces[0]?.aliases).toEqual(['web', 'web.example.net']);
    expect(containerOptions(plan)).toMatchObject({ Hostname: 'web', Domainname: 'example.net' });
  });

  it('with a domain keep it', () => {
    const plan = planOf("net_interface.0.dns_name = 'web.example.org'", { defaultDomain: 'example.net' });

    expect(plan.interfaces[0]?.aliases).toEqual(['web', 'web.example.org']);
  });
});

describe('privileged containers', () => {
  it.each(['yes', 'Yes', 'YES'])('are asked for with %s, and allowed by the operator only', (word) => {
    const asked = `docker.privileged = '${word}'`;

    expect(planOf(asked, { allowHostAccess: true }).privileged).toBe(true);
    expect(() => planOf(asked)).toThrow(
      expect.objectContaining<Partial<CloudError>>({ code: 'PermissionDenied' }),
    );
  });

  it('are none otherwise', () => {
    expect(planOf("docker.privileged = 'no'").privileged).toBe(false);
  });
});
