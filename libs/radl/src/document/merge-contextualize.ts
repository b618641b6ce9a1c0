import type { Contextualize } from '../model/radl.js';
import { cloneContextualize } from '../model/radl.js';

/**
 * Two contextualize sections as one: the longer time, options by name (the later wins), items by system and configure (the later
 * wins but keeps the first position). An absent section changes nothing (spec: radl.md 12).
 */
export function mergeContextualize(stored: Contextualize | undefined, added: Contextualize): Contextualize {
  if (stored === undefined) {
    const own = { ...added, items: [] };
    return mergeInto(cloneContextualize(own), added);
  }
  return mergeInto(cloneContextualize(stored), added);
}

function mergeInto(merged: Contextualize, added: Contextualize): Contextualize {
  merged.maxTime = Math.max(merged.maxTime, added.maxTime);
  merged.options.apply(added.options, { conflict: 'other', missing: 'other' });
  const places = new Map(merged.items.map((item, index) => [key(item), index]));
  for (const item of added.items) {
    const place = places.get(key(item));
    if (place === undefined) {
      places.set(key(item), merged.items.length);
      merged.items.push({ ...item });
    } else {
      merged.items[place] = { ...item };
    }
  }
  return merged;
}

function key(item: { system: string; configure: string }): string {
  return `${item.system} ${item.configure}`;
}
