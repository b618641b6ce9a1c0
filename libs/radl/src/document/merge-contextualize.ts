import type { Contextualize, ContextualizeItem } from '../model/radl.js';
import { emptyContextualize } from '../model/radl.js';

/**
 * Two contextualize sections as one: the longer time, options by name (the later wins), items by system and configure (the later
 * wins but keeps the first position). An absent section changes nothing (spec: radl.md 12).
 */
export function mergeContextualize(stored: Contextualize | undefined, added: Contextualize): Contextualize {
  return mergeSections([...(stored === undefined ? [] : [stored]), added]) ?? emptyContextualize();
}

/** The sections of one document as one, in their order; undefined when there is none. The work grows with their size only. */
export function mergeSections(sections: readonly Contextualize[]): Contextualize | undefined {
  const merged = emptyContextualize();
  const items = new Map<string, ContextualizeItem>();
  for (const [index, section] of sections.entries()) {
    merged.maxTime = index === 0 ? section.maxTime : Math.max(merged.maxTime, section.maxTime);
    merged.options.replaceBy(section.options);
    for (const item of section.items) {
      items.set(key(item), { ...item });
    }
  }
  merged.items = [...items.values()];
  return sections.length === 0 ? undefined : merged;
}

function key(item: { system: string; configure: string }): string {
  return JSON.stringify([item.system, item.configure]);
}
