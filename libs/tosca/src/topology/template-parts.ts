import { readArtifacts, readOperations } from '../types/definitions.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, mapAt } from '../yaml/values.js';

/** Own operations of a template by interface. */
export function interfacesOf(map: ToscaMap): ReturnType<typeof readInterfaces> {
  return readInterfaces(mapAt(map, 'interfaces'));
}

function readInterfaces(section: ToscaMap) {
  return new Map(
    [...section].map(([name, value]) => [
      name,
      readOperations(isMap(value) ? value : new Map<string, ToscaValue>()),
    ]),
  );
}

/** Own artifacts of a template; a list of maps with one name each is read too. */
export function artifactsOf(map: ToscaMap): ReturnType<typeof readArtifacts> {
  const section = map.get('artifacts');
  if (!Array.isArray(section)) {
    return readArtifacts(mapAt(map, 'artifacts'));
  }
  return readArtifacts(new Map(section.filter(isMap).flatMap((item) => [...item])));
}
