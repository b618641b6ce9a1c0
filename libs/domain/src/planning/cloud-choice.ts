import type { System } from '@im/radl';
import { ImError } from '../errors.js';
import type { DeployGroup } from './deploy-groups.js';

/** Best system of one cloud for one system of the document. */
export interface ConcreteChoice {
  /** null: the cloud has nothing that fits. */
  system: System | null;
  score: number;
}

/** Score of a cloud that has nothing that fits (spec: lifecycle.md 6.3). */
export const noConcreteSystemScore = -1e9;

/** cloud id -> system id -> best concrete system. Clouds in the order of the authorization data. */
export type ConcreteChoices = ReadonlyMap<string, ReadonlyMap<string, ConcreteChoice>>;

/**
 * Chooses the cloud of a deploy group (spec: lifecycle.md 6.5).
 * @param pinned clouds that already hold networks of the group
 * @throws ImError with the documented text when there is no choice
 */
export function chooseCloud(group: DeployGroup, choices: ConcreteChoices, pinned: readonly string[]): string {
  const asked = new Set([...group.deploys.flatMap((deploy) => deploy.cloudId ?? []), ...pinned]);
  if (asked.size > 1) {
    const deploys = group.deploys.map(describeDeploy).join(', ');
    throw new ImError(
      'InvalidRequest',
      'Two deployments that have to be launched in the same cloud provider are asked to be deployed in different cloud ' +
        `providers: [${deploys}]`,
    );
  }
  const [only] = asked;
  if (only !== undefined) {
    if (!choices.has(only)) {
      throw new ImError('InvalidRequest', `No auth data for cloud with ID: ${only}`);
    }
    return only;
  }
  return bestCloud(group, choices);
}

function bestCloud(group: DeployGroup, choices: ConcreteChoices): string {
  let best: { id: string; total: number } | null = null;
  for (const [id, systems] of choices) {
    const total = groupTotal(group, systems);
    if (best === null || total > best.total) {
      best = { id, total };
    }
  }
  if (best === null) {
    throw new ImError('InvalidRequest', 'No cloud provider available');
  }
  return best.id;
}

function groupTotal(group: DeployGroup, systems: ReadonlyMap<string, ConcreteChoice>): number {
  let total = 0;
  for (const deploy of group.deploys) {
    total +=
      deploy.vmNumber === 0
        ? 1
        : deploy.vmNumber * (systems.get(deploy.system)?.score ?? noConcreteSystemScore);
  }
  return total;
}

function describeDeploy(deploy: { system: string; vmNumber: number; cloudId?: string }): string {
  return `deploy ${deploy.system} ${deploy.vmNumber}${deploy.cloudId === undefined ? '' : ` ${deploy.cloudId}`}`;
}
