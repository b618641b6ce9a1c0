import type { Format } from './accept.js';

/** A finished answer. */
export interface Answer {
  status: number;
  type: string;
  body: string;
  headers?: Readonly<Record<string, string>>;
}

/** `text/*` types carry the charset, JSON does not need one (spec: rest-api.md 5.2). */
function ok(type: string, body: string, headers?: Record<string, string>): Answer {
  const full = type.startsWith('text/') ? `${type}; charset=utf-8` : type;
  return { status: 200, type: full, body, ...(headers === undefined ? {} : { headers }) };
}

export function jsonAnswer(value: unknown, headers?: Record<string, string>): Answer {
  return ok('application/json', JSON.stringify(value), headers);
}

/** JSON that is written already. */
export function jsonTextAnswer(json: string): Answer {
  return ok('application/json', json);
}

export function textAnswer(text: string, headers?: Record<string, string>): Answer {
  return ok('text/plain', text, headers);
}

/** Several URIs: one per line, or `{"uri-list": [{"uri": ...}]}`. */
export function uriListAnswer(
  format: Format,
  uris: readonly string[],
  headers?: Record<string, string>,
): Answer {
  return format === 'json'
    ? jsonAnswer({ 'uri-list': uris.map((uri) => ({ uri })) }, headers)
    : ok('text/uri-list', uris.join('\n'), headers);
}

/** One URI: as text, or `{"uri": ...}`. */
export function uriAnswer(format: Format, uri: string, headers?: Record<string, string>): Answer {
  return format === 'json' ? jsonAnswer({ uri }, headers) : ok('text/uri-list', uri, headers);
}

/** A text property: the text, or `{"<name>": "<text>"}`. */
export function propertyAnswer(format: Format, name: string, text: string): Answer {
  return format === 'json' ? jsonAnswer({ [name]: text }) : textAnswer(text);
}
