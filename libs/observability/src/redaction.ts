/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

const LONGEST_TEXT = 16_384;
const DEEPEST = 8;
const MOST_ELEMENTS = 100;

/** Endings of field names, without punctuation and in lower case, whose values are secret. */
const SECRET_FIELD =
  /(?:password|passwd|passphrase|secret|secretkey|privatekey|authorization|cookie|credentials?|apikey|accesstoken|refreshtoken|idtoken|sessiontoken|authtoken|vaulttoken|bearertoken|encryptionkey|proxy)$|^(?:token|pass|pwd|auth|key|pem)$/u;

/** The same few names come in every line. */
const KNOWN_FIELDS = new Map<string, boolean>();
const MOST_KNOWN_FIELDS = 1000;

const SECRET_NAME =
  /(?:password|passwd|passphrase|secret(?:[_-]?(?:access[_-]?)?key)?|private[_-]?key|api[_-]?key|token|authorization|encryption[_-]?key|cookie|proxy)\\*["']?\s*(?:=>|[=:])\s*/u;
// Quoted values may span lines; one that is never closed goes on to the end. Others end at `;`, a line end, or a literal \n.
const SECRET_VALUE =
  /"(?:[^"\\]|\\[\s\S])*(?:"[^\s;,)}\]]*|$)|'(?:[^'\\]|\\[\s\S])*(?:'[^\s;,)}\]]*|$)|\\+"[\s\S]*?(?:\\+"|$)|\\+'[\s\S]*?(?:\\+'|$)|(?:(?!\\[nr])[^;\r\n])*/u;
const NAMED_SECRET = new RegExp(`(${SECRET_NAME.source})(${SECRET_VALUE.source})`, 'giu');

const PEM = /-----BEGIN [A-Z\d ]+-----[\s\S]*?(?:-----END [A-Z\d ]+-----|$)/gu;
const HEADER_TOKEN = /\b(bearer|basic)(\s+)(?=\S*[\d=._-])[\w.~+/=-]{6,}/giu;
const JSON_WEB_TOKEN = /\beyJ[\w-]{6,}\.[\w.-]*/gu;
const URL_PASSWORD = /(\/\/[^\s:/@'"]*):[^\s/'"]+@/gu;
/** What each of the patterns above needs; texts without it, such as ids and paths, are most of what is logged. */
const MAY_HOLD_SECRET = /[=:\s]|eyJ/u;

/** Takes the secrets out of what is logged: by field name, by form, and by the known secrets of this process. */
export class Redactor {
  private readonly known: readonly string[];

  /** @param knownSecrets texts that are removed wherever they stand; those under 6 characters are passed over */
  constructor(knownSecrets: readonly string[] = []) {
    this.known = [...new Set(knownSecrets)].filter((secret) => secret.length >= 6);
  }

  /** A text without PEM blocks, tokens, passwords in URLs, and values of secret names (RADL, JSON, YAML, auth lines). */
  text(value: string): string {
    let shown = value.length > LONGEST_TEXT ? value.slice(0, LONGEST_TEXT) : value;
    for (const secret of this.known) {
      shown = shown.replaceAll(secret, REDACTED);
    }
    if (MAY_HOLD_SECRET.test(shown)) {
      shown = shown
        .replace(PEM, REDACTED)
        .replace(NAMED_SECRET, `$1${REDACTED}`)
        .replace(HEADER_TOKEN, `$1$2${REDACTED}`)
        .replace(JSON_WEB_TOKEN, REDACTED)
        .replace(URL_PASSWORD, `$1:${REDACTED}@`);
    }
    const left = value.length - LONGEST_TEXT;
    return left > 0 ? `${shown}... (${String(left)} characters more)` : shown;
  }

  /** A copy of the data of a log line that is safe to write: bounded in depth and length, without secrets. */
  data(value: object): Record<string, unknown> {
    return this.fields(value, 0, [value]);
  }

  private value(value: unknown, depth: number, above: readonly object[]): unknown {
    if (typeof value === 'string') {
      return this.text(value);
    }
    if (typeof value === 'bigint' || typeof value === 'symbol') {
      return value.toString();
    }
    if (typeof value === 'function') {
      return undefined;
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    if (value instanceof Date) {
      return Number.isNaN(value.getTime()) ? null : value.toISOString();
    }
    if (value instanceof URL) {
      return this.text(value.href);
    }
    if (value instanceof Uint8Array) {
      return `(${String(value.byteLength)} bytes)`;
    }
    if (above.includes(value) || depth >= DEEPEST) {
      return '(not shown)';
    }
    return this.nested(value, depth + 1, [...above, value]);
  }

  private nested(value: object, depth: number, above: readonly object[]): unknown {
    if (value instanceof Map) {
      return this.fields(Object.fromEntries(value as Map<unknown, unknown>) as object, depth, above);
    }
    const elements = Array.isArray(value)
      ? (value as unknown[])
      : value instanceof Set
        ? [...value]
        : undefined;
    if (elements === undefined) {
      return this.fields(value, depth, above);
    }
    // Raw header lists hold names and values in turn.
    return elements
      .slice(0, MOST_ELEMENTS)
      .map((element, index) =>
        isSecretField(elements[index - 1]) ? REDACTED : this.value(element, depth, above),
      );
  }

  private fields(value: object, depth: number, above: readonly object[]): Record<string, unknown> {
    const given: object = value instanceof Error ? errorFields(value) : value;
    const copy: Record<string, unknown> = {};
    for (const name of Object.keys(given)) {
      const field: unknown = Reflect.get(given, name);
      const hidden = isSecretField(name) && field !== undefined && field !== null && field !== '';
      copy[name] = hidden ? REDACTED : this.value(field, depth, above);
    }
    return copy;
  }
}

function isSecretField(name: unknown): boolean {
  if (typeof name !== 'string' || name.length > 200) {
    return false;
  }
  const known = KNOWN_FIELDS.get(name);
  if (known !== undefined) {
    return known;
  }
  const secret = SECRET_FIELD.test(
    name
      .toLowerCase()
      .replace(/[^a-z\d.]/gu, '')
      .replace(/^.*\./u, ''),
  );
  if (KNOWN_FIELDS.size >= MOST_KNOWN_FIELDS) {
    KNOWN_FIELDS.clear();
  }
  KNOWN_FIELDS.set(name, secret);
  return secret;
}

function errorFields(error: Error): object {
  const { name, message, stack, cause } = error;
  const own = Object.entries(error).filter(([key]) => !['name', 'message', 'stack', 'cause'].includes(key));
  return { name, message, stack, ...Object.fromEntries(own), ...(cause === undefined ? {} : { cause }) };
}
