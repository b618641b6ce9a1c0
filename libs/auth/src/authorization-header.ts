import type { AuthItem } from '@im/domain';
import { ImError } from '@im/domain';
import { z } from 'zod';

/** Separator of items in the one-line form: the two characters backslash and n. */
const separator = '\\n';
const itemId = /^[a-zA-Z_.][\p{L}\p{N}_.-]*$/u;
/** More elements than anybody has clouds; each is opened by some requests. */
const maxItems = 200;
const unreadable = 'Error parsing authentication data';
const jsonItems = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])));

/**
 * Reads the Authorization header: auth lines squeezed into one line, a JSON array, `Basic` or `Bearer` (spec: rest-api.md 2.2). Values
 * such as `file(...)` stay the texts they are.
 * @throws ImError `InvalidCredentials`
 */
export function parseAuthorizationHeader(header: string | undefined): AuthItem[] {
  const value = asUtf8(header ?? '').trim();
  if (value === '') {
    throw new ImError('InvalidCredentials', 'No authentication data provided');
  }
  if (/^basic /i.test(value)) {
    return [basicItem(value.slice('basic '.length).trim())];
  }
  if (/^bearer /i.test(value)) {
    return [{ type: 'InfrastructureManager', token: value.slice('bearer '.length).trim() }];
  }
  const items = parseAuthLines(value);
  if (items.length > maxItems) {
    throw new ImError('InvalidCredentials', `${unreadable}: it has more than ${maxItems} elements.`);
  }
  for (const item of items) {
    const id = item['id'] ?? '';
    if (id !== '' && !itemId.test(id)) {
      throw new ImError('InvalidCredentials', `Incorrect value in auth item id: ${id}`);
    }
  }
  return items;
}

/** Node reads each byte of a header as one character; clients send UTF-8, and what is none stays as it came (Latin-1). */
function asUtf8(header: string): string {
  if (!/[\u0080-\u00ff]/.test(header) || /[^\0-\u00ff]/.test(header)) {
    return header;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(header, 'latin1'));
  } catch {
    return header;
  }
}

function basicItem(encoded: string): AuthItem {
  const decoded = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded)
    ? Buffer.from(encoded, 'base64').toString('utf8')
    : '';
  const colon = decoded.indexOf(':');
  if (colon < 0) {
    throw new ImError(
      'InvalidCredentials',
      'No authentication data provided: the Basic scheme takes user:password in base64.',
    );
  }
  return {
    type: 'InfrastructureManager',
    username: decoded.slice(0, colon),
    password: decoded.slice(colon + 1),
  };
}

/**
 * Items of the text form (spec: authentication.md 1). JSON is tried first, on the text as it is, so that its strings may hold `\n`.
 * @throws ImError when a JSON text is no list of objects, or a line holds a word without `=`
 */
export function parseAuthLines(text: string): AuthItem[] {
  if (/^\s*[[{"\d]|^\s*(?:null|true|false)\s*$/.test(text)) {
    const items = parseJsonItems(text);
    if (items !== null) {
      return items;
    }
  }
  const pieces = text.replaceAll('\\\\n', '\n').split(separator);
  return pieces.flatMap((piece) => {
    const line = piece.trim();
    return line === '' || line.startsWith('#') ? [] : [parseAuthLine(line)];
  });
}

function parseJsonItems(text: string): AuthItem[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = jsonItems.safeParse(value);
  if (!parsed.success) {
    throw new ImError(
      'InvalidCredentials',
      'No authentication data provided: as JSON it must be a list of objects with texts.',
    );
  }
  return parsed.data.map((item) =>
    Object.fromEntries(Object.entries(item).map(([key, entry]) => [key, String(entry)])),
  );
}

/**
 * `key = value; key = value`: each part is split at its first `=` outside of quotes, so that values may hold more of them; a key with
 * nothing behind it counts as not given (spec: authentication.md 1.1, "Better").
 */
function parseAuthLine(line: string): AuthItem {
  const pairs = new Map<string, string>();
  let words = 0;
  for (const part of splitOutsideQuotes(line, ';').filter((piece) => piece.trim() !== '')) {
    const [key = '', ...rest] = splitOutsideQuotes(part, '=');
    const value = rest.join('=');
    if (rest.length === 0) {
      words++;
    } else if (value.trim() !== '') {
      pairs.set(unquote(key).trim(), unquote(value).trim().replaceAll('\\n', '\n'));
    }
  }
  if (words > 0 && pairs.size > 0) {
    throw new ImError('InvalidCredentials', `${unreadable}: there is a word without '=' in a line.`);
  }
  return Object.fromEntries(pairs);
}

/** Both quotes count, each may stand inside the other, there is no escape. */
function splitOutsideQuotes(text: string, at: string): string[] {
  const parts: string[] = [];
  let quote = '';
  let part = '';
  for (const character of text) {
    if (quote === '' && character === at) {
      parts.push(part);
      part = '';
      continue;
    }
    if (quote === '' ? character === "'" || character === '"' : character === quote) {
      quote = quote === '' ? character : '';
    }
    part += character;
  }
  return [...parts, part];
}

function unquote(text: string): string {
  let quote = '';
  let plain = '';
  for (const character of text) {
    if (quote === '' ? character === "'" || character === '"' : character === quote) {
      quote = quote === '' ? character : '';
    } else {
      plain += character;
    }
  }
  return plain;
}
