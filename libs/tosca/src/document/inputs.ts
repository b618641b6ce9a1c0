import type { ToscaMap } from '../yaml/values.js';
import { isMap, mapAt, textAt } from '../yaml/values.js';

/** Characters that `random(N)` makes at most. */
const longestRandom = 4096;

/** What special defaults of inputs become. */
export interface InputSources {
  /** The token of the user, when the request has one. */
  accessToken: string | undefined;
  /** Values that were made for an earlier version of the document, by input. */
  earlier: ReadonlyMap<string, string>;
  /** That many characters of A-Z, a-z and 0-9. */
  random: (length: number) => string;
}

/**
 * Values for the inputs whose default is `random(N)` or `access_token()` (spec: tosca.md 3). They are kept beside the document: a random
 * value that was made before stays as long as the default is the function; a token is always the one of the request.
 */
export function generateInputs(document: ToscaMap, sources: InputSources): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, input] of mapAt(mapAt(document, 'topology_template'), 'inputs')) {
    const value =
      isMap(input) && textAt(input, 'type') === 'string'
        ? generated(name, textAt(input, 'default'), sources)
        : undefined;
    if (value !== undefined) {
      values.set(name, value);
    }
  }
  return values;
}

function generated(name: string, byDefault: string | undefined, sources: InputSources): string | undefined {
  if (byDefault === 'access_token()') {
    return sources.accessToken;
  }
  const [, length] = /^random\(([0-9]{1,6})\)/.exec(byDefault ?? '') ?? [];
  return length === undefined
    ? undefined
    : (sources.earlier.get(name) ?? sources.random(Math.min(Number(length), longestRandom)));
}

/** Names of the inputs whose value is a token of the user, which is never kept (spec: tosca.md 3). */
export function tokenInputs(document: ToscaMap): string[] {
  return [...mapAt(mapAt(document, 'topology_template'), 'inputs')]
    .filter(([, input]) => isMap(input) && textAt(input, 'default') === 'access_token()')
    .map(([name]) => name);
}
