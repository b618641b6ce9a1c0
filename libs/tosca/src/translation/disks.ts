import type { FeatureSet } from '@im/radl';
import type { Evaluation } from '../functions/evaluate.js';
import type { NodeTemplate, Relationship } from '../topology/topology.js';
import { textOf } from '../yaml/values.js';
import { bytesOf, setNumber, setOptionalText, setText } from './features.js';
import { propertyOf } from './properties.js';
import type { TranslationContext } from './translation.js';
import { isBlank } from './value-kinds.js';

/** Sets the data disks of a Compute node: the block storage that is attached to it (spec: tosca.md 6.6). @throws ToscaError `value` */
export function setDisks(
  compute: NodeTemplate,
  system: FeatureSet,
  { evaluation }: TranslationContext,
): void {
  let number = 1;
  for (const relationship of compute.requirements) {
    if (isAttachment(relationship) && setDisk(system, number, relationship, evaluation)) {
      number++;
    }
  }
}

function isAttachment({ type, target }: Relationship): boolean {
  return type.name.endsWith('AttachesTo') && target.type.name.endsWith('.BlockStorage');
}

/** @returns false for storage of no size and without a volume, which is no disk */
function setDisk(
  system: FeatureSet,
  number: number,
  attachment: Relationship,
  evaluation: Evaluation,
): boolean {
  const storage = attachment.target;
  const size = propertyOf(storage, 'size', evaluation);
  const bytes = isBlank(size) ? 0 : bytesOf(size);
  const volume = propertyOf(storage, 'volume_id', evaluation);
  const snapshot = propertyOf(storage, 'snapshot_id', evaluation);
  if (bytes === 0 && isBlank(volume) && isBlank(snapshot)) {
    return false;
  }
  if (isBlank(volume)) {
    setOptionalText(system, `disk.${number}.type`, propertyOf(storage, 'type', evaluation));
    setNumber(system, `disk.${number}.size`, bytes, { unit: 'B' });
  } else {
    setText(system, `disk.${number}.image.url`, textOf(volume));
  }
  const property = (name: string) =>
    evaluation.evaluate(attachment.properties.get(name) ?? null, {
      kind: 'relationship',
      relationship: attachment,
    });
  setOptionalText(system, `disk.${number}.device`, property('device'));
  const location = property('location');
  if (!isBlank(location)) {
    setText(system, `disk.${number}.mount_path`, textOf(location));
    const fileSystem = property('fs_type');
    setText(system, `disk.${number}.fstype`, isBlank(fileSystem) ? 'ext4' : textOf(fileSystem));
  }
  return true;
}
