import type { Radl, System } from '@im/radl';
import { isPublicNetwork, systemNetworks } from '@im/radl';
import type { CloudInfo } from '../model/cloud.js';
import type { CloudEstimate, Estimate } from '../requests/infrastructure-requests.js';
import type { DeploymentPlan } from './plan-deployment.js';

/** What a plan would use, cloud by cloud (spec: lifecycle.md 13). */
export function estimateOf(radl: Radl, plan: DeploymentPlan): Estimate {
  const estimate: Estimate = {};
  for (const { deploy, cloud, concrete } of plan.deploys) {
    const entry = (estimate[cloud.id] ??= {
      cloudType: cloud.type,
      cloudEndpoint: cloudEndpoint(cloud),
      compute: [],
      storage: [],
    });
    if (concrete === null) {
      continue;
    }
    const compute = computeOf(radl, concrete);
    const storage = storageOf(concrete);
    for (let vm = 0; vm < deploy.vmNumber; vm++) {
      entry.compute.push(compute);
      entry.storage.push(...storage);
    }
  }
  return estimate;
}

/** URL of a cloud with the default port of its protocol (spec: connectors/README.md 2.3). */
export function cloudEndpoint(cloud: CloudInfo): string {
  const protocol = cloud.protocol === '' ? 'http' : cloud.protocol;
  const port = cloud.port > 0 ? cloud.port : protocol === 'https' ? 443 : 80;
  return `${protocol}://${cloud.server}:${port}${cloud.path}`;
}

function computeOf(radl: Radl, system: System): CloudEstimate['compute'][number] {
  const { features } = system;
  const cores = features.getNumber('cpu.count');
  const memory = features.getNumber('memory.size', 'M');
  const gpus = features.getNumber('gpu.count');
  const disk =
    (features.getNumber('disk.0.free_size', 'G') ?? 0) + (features.getNumber('disk.0.size', 'G') ?? 0);
  const publicNetworks = new Set(radl.networks.filter(isPublicNetwork).map((network) => network.id));
  return {
    ...(cores === undefined ? {} : { cpuCores: cores }),
    ...(memory === undefined ? {} : { memoryInMegabytes: memory }),
    ...(gpus === undefined ? {} : { GPU: gpus }),
    ...(disk > 0 ? { diskSizeInGigabytes: disk } : {}),
    ...(systemNetworks(system).some((id) => publicNetworks.has(id)) ? { publicIP: 1 as const } : {}),
  };
}

function storageOf({ features }: System): CloudEstimate['storage'] {
  const storage: CloudEstimate['storage'] = [];
  for (let n = 0; n === 0 || features.has(`disk.${n}.size`) || features.has(`disk.${n}.content`); n++) {
    const size = features.getNumber(`disk.${n}.size`, 'G');
    const type = features.getText(`disk.${n}.type`);
    if (size !== undefined) {
      storage.push({ sizeInGigabytes: size, ...(type === undefined ? {} : { type }) });
    }
  }
  return storage;
}
