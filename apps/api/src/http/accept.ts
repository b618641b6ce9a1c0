import { ImError } from '@im/domain';

/** Default type of an endpoint; `json-only` ones have no other. */
export type Produces = 'text/plain' | 'text/uri-list' | 'application/json' | 'json-only';

/** How the answer is written. */
export type Format = 'default' | 'json';

/** Media types of a header, in the order written, without parameters (spec: rest-api.md 4, 5.1). */
export function mediaTypes(header: string | undefined): string[] {
  if (header === undefined) {
    return [];
  }
  return header
    .split(',')
    .map((part) => (part.split(';')[0] ?? '').trim())
    .filter((type) => type !== '');
}

/**
 * Chooses the format of an answer: the first type of the list that fits, q values do not count (spec: rest-api.md 5.1).
 * @throws ImError `UnsupportedMediaType`
 */
export function negotiate(accept: string | undefined, produces: Produces): Format {
  const types = mediaTypes(accept);
  if (types.length === 0) {
    return produces === 'json-only' || produces === 'application/json' ? 'json' : 'default';
  }
  return produces === 'json-only' ? negotiateJsonOnly(types) : negotiateEither(types, produces);
}

function negotiateJsonOnly(types: readonly string[]): Format {
  if (types.some((type) => ['application/json', 'application/*', '*/*'].includes(type))) {
    return 'json';
  }
  throw new ImError('UnsupportedMediaType', `Unsupported Accept Media Types: ${pythonList(types)}`);
}

function negotiateEither(types: readonly string[], produces: string): Format {
  for (const type of types) {
    if (type === 'application/json' || type === 'application/*') {
      return 'json';
    }
    if (type === produces || type === '*/*' || type === 'text/*') {
      return produces === 'application/json' ? 'json' : 'default';
    }
  }
  throw new ImError('UnsupportedMediaType', `Unsupported Accept Media Types: ${types.join(',')}`);
}

/** A list in the notation that clients know from the texts of the specification: `['a', 'b']`. */
export function pythonList(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(', ')}]`;
}
