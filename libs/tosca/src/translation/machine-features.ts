import type { FeatureSet } from '@im/radl';
import type { NodeTemplate } from '../topology/topology.js';
import { translationError } from '../tosca-error.js';
import type { ToscaValue } from '../yaml/values.js';
import { isMap, isNumber, textOf } from '../yaml/values.js';
import { bytesOf, numberValue, readOperator, setCredential, setNumber, setText } from './features.js';
import { capabilityProperties } from './properties.js';
import type { TranslationContext } from './translation.js';
import { asBoolean, isBlank } from './value-kinds.js';

/** What a property of the capabilities `os` and `host` becomes. */
interface Conversion {
  feature: string;
  kind: 'text' | 'number' | 'bytes' | 'flag' | 'image' | 'asGiven';
}

/** Spec: tosca.md 6.6, table. Properties that are not here, and `credential`, which is several features, have no feature. */
const conversions: Readonly<Record<'os' | 'host', ReadonlyMap<string, Conversion>>> = {
  os: new Map<string, Conversion>([
    ['architecture', { feature: 'cpu.arch', kind: 'text' }],
    ['type', { feature: 'disk.0.os.name', kind: 'text' }],
    ['distribution', { feature: 'disk.0.os.flavour', kind: 'text' }],
    ['version', { feature: 'disk.0.os.version', kind: 'text' }],
    ['image', { feature: 'disk.0.image.url', kind: 'image' }],
  ]),
  host: new Map<string, Conversion>([
    ['num_cpus', { feature: 'cpu.count', kind: 'number' }],
    ['mem_size', { feature: 'memory.size', kind: 'bytes' }],
    ['disk_size', { feature: 'disk.0.size', kind: 'bytes' }],
    ['disk_type', { feature: 'disk.0.type', kind: 'text' }],
    ['instance_type', { feature: 'instance_type', kind: 'text' }],
    ['preemtible_instance', { feature: 'spot', kind: 'flag' }],
    ['num_gpus', { feature: 'gpu.count', kind: 'number' }],
    ['gpu_vendor', { feature: 'gpu.vendor', kind: 'text' }],
    ['gpu_model', { feature: 'gpu.model', kind: 'text' }],
    ['sgx', { feature: 'cpu.sgx', kind: 'flag' }],
    ['sgx_epc_size', { feature: 'cpu.sgx.epc_size', kind: 'asGiven' }],
  ]),
};

/**
 * Sets what the capabilities `os` and `host` of a Compute node say about the machine (spec: tosca.md 6.6).
 * @throws ToscaError `missing-field` for credentials without a user, `value` for a value of the wrong kind
 */
export function setMachineFeatures(
  compute: NodeTemplate,
  system: FeatureSet,
  context: TranslationContext,
): void {
  for (const name of ['os', 'host'] as const) {
    const properties = capabilityProperties(compute, compute.capabilities.get(name), context.evaluation);
    for (const [property, value] of properties) {
      const conversion = conversions[name].get(property);
      if (conversion !== undefined) {
        setConverted(system, property, value, conversion);
      } else if (name === 'os' && property === 'credential') {
        setImageCredential(system, value, context.warnings);
      }
    }
  }
}

function setConverted(system: FeatureSet, property: string, given: ToscaValue, conversion: Conversion): void {
  const { feature, kind } = conversion;
  const { operator, value } = readOperator(given);
  if (value === null) {
    return;
  }
  switch (kind) {
    case 'number':
      setNumber(system, feature, numberValue(property, value), { operator: operator ?? '>=' });
      break;
    case 'bytes':
      setNumber(system, feature, bytesOf(value), { operator: operator ?? '>=', unit: 'B' });
      break;
    case 'flag':
      setText(system, feature, flagText(value));
      break;
    case 'image':
      if (value !== '') {
        setText(system, feature, imageUrl(textOf(value)));
      }
      break;
    case 'asGiven':
      if (isNumber(value)) {
        setNumber(system, feature, numberValue(property, value), { operator: operator ?? '>=' });
      } else {
        setText(system, feature, textOf(value));
      }
      break;
    case 'text':
      setText(system, feature, textOf(value));
      break;
  }
}

function flagText(value: ToscaValue): string {
  const flag = asBoolean(value);
  return flag === undefined ? textOf(value) : flag ? 'yes' : 'no';
}

function imageUrl(image: string): string {
  return image.includes('://') ? image : `docker://${image}`;
}

function setImageCredential(system: FeatureSet, value: ToscaValue, warnings: string[]): void {
  if (!isMap(value) || value.size === 0) {
    return;
  }
  if (isBlank(value.get('user'))) {
    throw translationError('missing-field', 'User must be specified in the image credentials.');
  }
  setCredential(system, 'disk.0.os.credentials', value, warnings);
}
