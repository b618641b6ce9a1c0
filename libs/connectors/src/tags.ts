import { CloudError } from '@im/domain';
import type { System } from '@im/radl';

/**
 * Tags of a machine: those of `instance_tags` (`k=v,k2=v2`), then those of the operator whose names the user did not give
 * (spec: connectors/README.md 5.3).
 * @throws CloudError `InvalidInput` naming a malformed item
 */
export function machineTags(
  system: System,
  operatorTags: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...operatorTags, ...userTags(system.features.getText('instance_tags') ?? '') };
}

function userTags(text: string): Record<string, string> {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return Object.fromEntries(
    items.map((item) => {
      const split = item.indexOf('=');
      const name = item.slice(0, split).trim();
      if (split < 1 || name === '') {
        throw new CloudError(
          'InvalidInput',
          `The item '${item}' of instance_tags is not valid: write key=value.`,
        );
      }
      return [name, item.slice(split + 1).trim()];
    }),
  );
}
