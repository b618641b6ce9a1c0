import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap } from '../yaml/values.js';

/**
 * A document that is sent to an existing infrastructure over the stored one (spec: tosca.md 9): maps key by key, lists element by element (the
 * longer list gives the rest), null keeps what is stored, anything else replaces it. Neither document is changed; the result shares parts with both.
 */
export function mergeToscaDocuments(stored: ToscaMap, sent: ToscaMap): ToscaMap {
  const merged = new Map(stored);
  for (const [key, value] of sent) {
    const known = stored.get(key);
    merged.set(key, known === undefined ? value : mergeValues(known, value));
  }
  return merged;
}

function mergeValues(stored: ToscaValue, sent: ToscaValue): ToscaValue {
  if (sent === null) {
    return stored;
  }
  if (isMap(stored) && isMap(sent)) {
    return mergeToscaDocuments(stored, sent);
  }
  if (Array.isArray(stored) && Array.isArray(sent)) {
    return [
      ...sent.map((value, index) => mergeValues(stored[index] ?? null, value)),
      ...stored.slice(sent.length),
    ];
  }
  return sent;
}
