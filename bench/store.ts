import type { Figure } from './figure.js';
import { benchPersistence } from './persistence.js';

/** Costs of single calls of the store, for information. */
export async function benchStore(): Promise<Figure[]> {
  const costs = await benchPersistence();
  return Object.entries(costs).map(([name, value]) => ({
    name: `store: ${name.replace(/(Us|MiB)$/, '')}`,
    value,
    unit: name.endsWith('Us') ? 'µs' : name.endsWith('MiB') ? 'MiB' : 'ms',
  }));
}
