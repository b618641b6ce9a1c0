import { translationError } from '../tosca-error.js';
import { readScalarUnit } from '../validation/scalar-units.js';

/**
 * Bytes of a size such as `4 GB` or `1.5 GiB`, without a part of a byte (conformance: tables/tosca-sizes.json).
 * @throws ToscaError `value`
 */
export function sizeInBytes(text: string): number {
  const size = readScalarUnit(text, 'scalar-unit.size');
  if ('problem' in size) {
    throw translationError('value', size.problem);
  }
  return Math.floor(size.amount);
}
